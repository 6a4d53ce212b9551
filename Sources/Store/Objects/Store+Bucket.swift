/// Which bucket the documents are published to.
extension Store {
    private static let bucketKey = "bucket"
    /// The name of the bucket where there is none: `serve` publishes.
    package static let noBucket = "none"

    /// The name of the bucket whose contents this database knows; nil before the first upload.
    ///
    /// Before it was noted that ``noBucket`` is one, what is live without a name was published there.
    package func bucket() async throws -> String? {
        try await self.engine.read { session in
            if let noted = try Self.notedBucket(session) { return noted }
            // Archives may have been found in a bucket to which nothing was published yet.
            let isAnyLive = try session.rows(
                "SELECT 1 FROM objects WHERE length(deployed_hash) = 32 AND kind <> \(ObjectKind.archive) LIMIT 1"
            )
            return isAnyLive.isEmpty ? nil : Self.noBucket
        }
    }

    private static func notedBucket(_ session: any SQLSession, _ locking: SQLStatement = "") throws -> String? {
        try session.rows("SELECT value FROM settings WHERE key = \(Self.bucketKey) \(locking)").first?["value"]
    }

    /// Notes the bucket of the first upload, or that a known one is called otherwise now.
    ///
    /// - Returns: The one that is noted now: where another process has noted one meanwhile, that stays.
    package func noteBucket(_ name: String, insteadOf known: String?) async throws -> String? {
        try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO settings (key, value) VALUES (\(Self.bucketKey), \(name))
                ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE settings.value = \(.text(known))
                """
            )
            return try Self.notedBucket(session)
        }
    }

    /// From now on another bucket is the known one.
    package func moveBucket(to name: String) async throws {
        _ = try await self.engine.write { try Self.move(toBucket: name, $0) }
    }

    /// From now on another bucket is the known one: what it holds of documents that are dirty is unknown.
    ///
    /// Somebody may be at work on them who knows the bucket of before: the claims are taken away, so that what goes there
    /// is not noted as live here.
    ///
    /// - Parameter begin: What was stamped since then may be missing in the new bucket, too.
    static func move(
        toBucket name: String,
        forgettingFrom begin: Int64 = .max,
        _ session: any SQLSession
    ) throws {
        // First, because whoever claims waits for this or is waited for.
        try Self.setSetting(Self.bucketKey, to: name, session)
        try session.execute(
            """
            UPDATE objects
            SET deployed_hash = \(.noBytes), live_hash = NULL, deployed_etag = NULL
            WHERE (content_hash IS DISTINCT FROM deployed_hash OR deployed_at_ms >= \(begin))
                AND kind <> \(ObjectKind.archive)
            """
        )
        // All that are claimed are dirty.
        try session.execute("DELETE FROM object_leases")
        try Self.markAnnouncementsStale(session)
        try Self.markTreeStale(session)
    }

    /// Makes sure, until the transaction ends, that this is the bucket that is published to.
    ///
    /// - Throws: ``StoreError/bucketMoved(to:)``.
    static func expect(bucket: String, _ session: any SQLSession) throws {
        let noted = try Self.notedBucket(session, "\(.sharedRow)")
        guard noted == bucket else { throw StoreError.bucketMoved(to: noted ?? "") }
    }
}
