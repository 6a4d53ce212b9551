package import Composer

/// What the database holds of an object, for comparing it with the bucket.
package struct PublishedDocument: Sendable, Equatable {
    package var path: String
    /// What it should say; nil when it should not exist.
    package var content: ContentHash?
    package var deployed: Live
    package var etag: String?
    /// In bytes: as it is, and as it would be stored compressed; empty when its content is not known.
    package var sizes: Set<Int>
    package var deployedAtMilliseconds: Int64?
    package var isLeased: Bool
    /// Whether the last try to upload or delete it failed.
    package var hasFailed: Bool

    /// Whether the bucket should hold exactly this now.
    package var isSettled: Bool {
        !self.isLeased && self.deployed != .unknown && self.deployed.content == self.content
    }
}

/// Comparing the bucket with the database, and mending it.
///
/// Not archives: what is missing of them can't be uploaded again, so nothing here may count it as unknown.
extension Store {
    private static let published: SQLStatement = """
        SELECT key, content_hash, \(Self.live), deployed_etag, deployed_at_ms, attempts, size, length(bytes) AS stored_size,
            CASE WHEN \(Self.objectLeases.isHeld) THEN 1 ELSE 0 END AS is_leased
        FROM objects LEFT JOIN blobs ON hash = content_hash WHERE kind <> \(ObjectKind.archive)
        """

    /// The objects with these keys.
    package func published(paths: [String]) async throws -> [String: PublishedDocument] {
        try await self.engine.read { session in
            let rows = try session.rows("\(Self.published) AND key \(anyOf: paths)")
            return Dictionary(
                try rows.map(PublishedDocument.init(row:)).map { ($0.path, $0) },
                uniquingKeysWith: { $1 }
            )
        }
    }

    /// The next objects by the bytes of their keys, as far as `end`, of which something is live, or may be.
    package func published(after key: String, upTo end: String?, limit: Int) async throws -> [PublishedDocument] {
        let bound: SQLStatement = end.map { "AND key <= \($0)" } ?? ""
        return try await self.engine.read { session in
            try session.readInOrder()
            return try session.rows(
                """
                \(Self.published) AND key > \(key) \(bound) AND deployed_hash IS NOT NULL
                ORDER BY key LIMIT \(Int64(limit))
                """
            ).map(PublishedDocument.init(row:))
        }
    }

    /// What a comparison with the bucket found that has to be mended.
    package struct Repair: Sendable {
        /// Keys without an object, or whose last try failed.
        package var missing: [String] = []
        /// Objects that differ, with the ETag of what is there.
        package var differing: [(path: String, etag: String?)] = []
        /// Keys of objects that no document accounts for; each becomes one that should not exist.
        package var strays: [String] = []
        /// Another bucket than the known one, for which this database is from now on, and when it was begun to be compared, by
        /// the database's clock.
        package var move: (bucket: String, comparedFromMilliseconds: Int64)?

        package init() {}
    }

    /// Makes documents dirty whose objects are not as they should be: they are uploaded, or deleted, once more.
    package func markForRepair(_ repair: Repair) async throws {
        _ = try await self.engine.write { session in
            if let move = repair.move {
                try Self.move(toBucket: move.bucket, forgettingFrom: move.comparedFromMilliseconds, session)
            }
            try Self.markUnknown(repair.missing + repair.differing.map(\.path), isSent: false, session)
            // So that one request does: over nothing, or over what was seen and nothing else.
            try session.execute(
                "UPDATE objects SET deployed_etag = NULL, live_hash = NULL WHERE key = \(named: "key")",
                each: repair.missing.map { ["key": .text($0)] }
            )
            try session.execute(
                "UPDATE objects SET deployed_etag = \(named: "etag") WHERE key = \(named: "key")",
                each: repair.differing.map { ["key": .text($0.path), "etag": .text($0.etag)] }
            )
            try session.execute(
                """
                INSERT INTO objects (key, kind, content_hash, deployed_hash, content_changed_at_ms)
                VALUES (\(named: "key"), \(named: "kind"), NULL, \(.noBytes), \(.now))
                ON CONFLICT (key) DO UPDATE SET deployed_hash = \(.noBytes), due_at_ms = 0
                """,
                each: repair.strays.map { key in
                    ["key": .text(key), "kind": .text(ObjectKind.ofDocument(key).rawValue)]
                }
            )
            try Self.markAnnouncementsStale(session)
            if !repair.missing.isEmpty { try Self.markTreeStale(session) }
        }
    }
}

extension PublishedDocument {
    fileprivate init(row: SQLRow) throws {
        let sizes: [Int?] = [try row["size"], try row["stored_size"]]
        let attempts: Int64 = try row["attempts"]
        self.init(
            path: try row["key"],
            content: try row["content_hash"],
            deployed: try row["live"],
            etag: try row["deployed_etag"],
            sizes: Set(sizes.compactMap { $0 }),
            deployedAtMilliseconds: try row["deployed_at_ms"],
            isLeased: try row["is_leased"],
            hasFailed: attempts > 0
        )
    }
}
