/// The objects that documents may name as archives.
extension Store {
    private static let isLiveArchive: SQLStatement = "kind = \(ObjectKind.archive) AND live_hash IS NOT NULL"

    /// Whether the bucket has an archive of this key.
    package func isLiveArchive(_ key: String) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM objects WHERE key = \(key) AND \(Self.isLiveArchive)").isEmpty
        }
    }

    /// How many there are.
    package func liveArchiveCount() async throws -> Int {
        try await self.engine.read { session in
            try session.rows("SELECT count(*) AS total FROM objects WHERE \(Self.isLiveArchive)")[0]["total"]
        }
    }

    /// How many of these objects, each with its bytes, are among them and as large as they are known to be.
    package func liveArchiveCount(among objects: [(key: String, size: Int64)]) async throws -> Int {
        let sizes = Dictionary(objects.map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
        return try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT key, (SELECT max(size) FROM archives WHERE object_key = objects.key) AS size FROM objects
                WHERE key \(anyOf: Array(sizes.keys)) AND \(Self.isLiveArchive)
                """
            )
            return try rows.count { row in
                let (key, size): (String, Int64?) = (try row["key"], try row["size"])
                return size == sizes[key]
            }
        }
    }
}
