/// Comparing archives with the bucket.
extension Store {
    private static let known: SQLStatement = """
        SELECT key, content_hash, live_hash, deployed_etag, deployed_at_ms, \(Self.archiveSize) AS size FROM objects
        WHERE kind = \(ObjectKind.archive)
        """

    /// The archives with these keys.
    package func knownArchives(_ keys: [String]) async throws -> [String: KnownArchive] {
        try await self.engine.read { session in
            let rows = try session.rows("\(Self.known) AND key \(anyOf: keys)")
            return Dictionary(try rows.map(KnownArchive.init(row:)).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// The next archives by the bytes of their keys, as far as `end`.
    package func knownArchives(after key: String, upTo end: String?, limit: Int) async throws -> [KnownArchive] {
        let bound: SQLStatement = end.map { "AND key <= \($0)" } ?? ""
        return try await self.engine.read { session in
            try session.readInOrder()
            // What follows the slash, so that no other object is passed over.
            return try session.rows(
                """
                \(Self.known) AND key > \(key) AND key >= 'dist/' AND key < 'dist0' \(bound)
                ORDER BY key LIMIT \(Int64(limit))
                """
            ).map(KnownArchive.init(row:))
        }
    }

    /// How many of these archives were fetched for a version, and not found in the bucket.
    package func fetchedArchiveCount(among keys: [String]) async throws -> Int {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT count(DISTINCT object_key) AS total FROM archives
                WHERE object_key \(anyOf: keys) AND fetched_from IS NOT NULL
                """
            )[0]["total"]
        }
    }

    /// How many archives in the bucket are of no version that is known, and how many bytes they have.
    package func orphanedArchives() async throws -> (count: Int, bytes: Int64) {
        try await self.engine.read { session in
            let row = try session.rows(
                """
                SELECT count(*) AS total, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes FROM found_archives
                WHERE NOT EXISTS (SELECT 1 FROM archives WHERE object_key = found_archives.key)
                """
            )[0]
            return (try row["total"], try row["bytes"])
        }
    }

    /// Notes by which ETag archives are known that are as they should be.
    package func noteArchives(_ found: [(key: String, etag: String)]) async throws {
        guard !found.isEmpty else { return }
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE objects SET deployed_etag = \(named: "etag")
                WHERE key = \(named: "key") AND kind = \(ObjectKind.archive) AND live_hash IS NOT NULL
                """,
                each: found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
                    ["key": .text($0.key), "etag": .text($0.etag)]
                }
            )
        }
    }

    /// Archives that documents named once and that are gone, and the versions that had them.
    package func lostArchives(limit: Int) async throws -> (count: Int, first: [LostArchive]) {
        try await self.engine.read { session in
            let count = try Self.lostArchiveCount(session)
            guard count > 0 else { return (0, []) }
            let rows = try session.rows(
                """
                SELECT objects.key AS key, coalesce(packages.name, packages.key) AS package, version,
                    CASE WHEN archives.due_at_ms IS NULL THEN 0 ELSE 1 END AS is_due,
                    CASE WHEN object_key IS NULL THEN 0 ELSE 1 END AS is_replaced
                FROM objects LEFT JOIN archives ON lost_key = objects.key
                    LEFT JOIN packages ON packages.id = archives.package_id
                WHERE \(Self.isLost) ORDER BY objects.key, archives.id LIMIT \(Int64(limit))
                """
            )
            let first = try rows.map { row in
                LostArchive(
                    key: try row["key"],
                    package: try row["package"],
                    version: try row["version"],
                    isDue: try row["is_due"],
                    isReplaced: try row["is_replaced"]
                )
            }
            return (count, first)
        }
    }

    /// As the index `objects_lost` has it.
    private static let isLost: SQLStatement = "objects.kind = \(ObjectKind.archive) AND objects.live_hash IS NULL"

    static func lostArchiveCount(_ session: any SQLSession) throws -> Int {
        try session.rows("SELECT count(*) AS total FROM objects WHERE \(Self.isLost)")[0]["total"]
    }
}

extension KnownArchive {
    fileprivate init(row: SQLRow) throws {
        let live: [UInt8]? = try row["live_hash"]
        self.init(
            key: try row["key"],
            sha256: try row["content_hash"],
            isLive: live != nil,
            etag: try row["deployed_etag"],
            size: try row["size"],
            deployedAtMilliseconds: try row["deployed_at_ms"]
        )
    }
}
