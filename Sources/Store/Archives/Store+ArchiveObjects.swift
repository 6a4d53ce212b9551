import Composer
import Facts

/// The objects that documents may name as archives.
extension Store {
    static let isLiveArchive: SQLStatement = "kind = \(ObjectKind.archive) AND live_hash IS NOT NULL"

    /// Whether the bucket has an archive of this key.
    package func isLiveArchive(_ key: String) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM objects WHERE key = \(key) AND \(Self.isLiveArchive)").isEmpty
        }
    }

    /// By whoever has counted them.
    static let archiveSize: SQLStatement = """
        coalesce((SELECT max(size) FROM archives WHERE object_key = objects.key),
            (SELECT size FROM found_archives WHERE found_archives.key = objects.key))
        """

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
                SELECT key, \(Self.archiveSize) AS size FROM objects
                WHERE key \(anyOf: Array(sizes.keys)) AND \(Self.isLiveArchive)
                """
            )
            return try rows.count { row in
                let (key, size): (String, Int64?) = (try row["key"], try row["size"])
                return size == sizes[key]
            }
        }
    }

    /// Objects of archives have the same bytes for ever, so that nothing is dirty of them.
    ///
    /// - Returns: Those that were not known.
    static func insertObjects(
        _ archives: [ArchiveObject],
        run: RunID,
        _ session: any SQLSession
    ) throws -> [ArchiveObject] {
        let ordered = archives.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        func parameters(_ archive: ArchiveObject) -> SQLParameters {
            [
                "key": .text(archive.key), "hash": .blob(archive.sha256.bytes), "etag": .text(archive.etag),
                "run": .run(run),
            ]
        }
        let inserted = try session.execute(
            """
            INSERT INTO objects (key, kind, content_hash, deployed_hash, live_hash, deployed_etag,
                content_changed_at_ms, deployed_at_ms, sent_at_ms, last_modified_s, synced_run)
            VALUES (\(named: "key"), \(ObjectKind.archive), \(named: "hash"), \(named: "hash"), \(named: "hash"),
                \(named: "etag"), \(.now), \(.now), \(.now), \(.now) / 1000, \(named: "run"))
            ON CONFLICT (key) DO NOTHING
            """,
            each: ordered.map(parameters)
        )
        // One that was found to be gone is there again.
        try session.execute(
            """
            UPDATE objects
            SET deployed_hash = content_hash, live_hash = content_hash, deployed_etag = \(named: "etag"),
                deployed_at_ms = \(.now), synced_run = \(named: "run")
            WHERE key = \(named: "key") AND kind = \(ObjectKind.archive) AND content_hash = \(named: "hash")
                AND live_hash IS NULL
            """,
            each: zip(ordered, inserted).filter { $0.1 == 0 }.map { parameters($0.0) }
        )
        try Self.noteStamps(ordered.map(\.key), run: run, announcedFrom: nil, session)
        return zip(ordered, inserted).filter { $0.1 == 1 }.map(\.0)
    }
}
