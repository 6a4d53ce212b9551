import Composer
package import Facts

/// Documents of the v1 tree: one for each package, made of what is live of it.
extension Store {
    /// Documents of which the tree says something else than what is live, by the index that has them.
    ///
    /// Of what is live, and the database has no longer, nothing can be told. A value rather than `EXISTS`, for which
    /// PostgreSQL may read all blobs.
    private static let untold: [SQLStatement] = [
        """
        kind = \(ObjectKind.document) AND tree_hash IS NOT NULL AND live_hash IS DISTINCT FROM tree_hash
            AND (live_hash IS NULL OR \(Self.hasContent))
        """,
        "kind = \(ObjectKind.document) AND tree_hash IS NULL AND live_hash IS NOT NULL AND \(Self.hasContent)",
    ]

    private static let hasContent: SQLStatement =
        "(SELECT 1 FROM blobs WHERE blobs.hash = objects.live_hash) IS NOT NULL"

    /// Whether there are packages of which the tree says something else than what is live.
    package func isAnythingUntold() async throws -> Bool {
        try await self.engine.read { session in
            try Self.untold.contains { try !session.rows("SELECT 1 FROM objects WHERE \($0) LIMIT 1").isEmpty }
        }
    }

    /// The next packages, by the keys of their documents, of which the tree says something else than what is live.
    ///
    /// - Returns: Nothing after the last one; else what is live of some, and the last key that was looked at.
    package func untold(after key: String, limit: Int) async throws -> (sources: [TreeSource], last: String)? {
        try await self.engine.read { session in
            let found: [String] = try Self.untold.flatMap { untold in
                try session.rows(
                    "SELECT key FROM objects WHERE \(untold) AND key > \(key) ORDER BY key LIMIT \(Int64(limit))"
                ).map { try $0["key"] }
            }
            let keys = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(limit)
            guard let last = keys.last else { return nil }
            let names = Set(keys.compactMap { DocumentName(path: $0)?.package }).sorted()
            let live: [TreeSource.Live] = try session.rows(
                """
                SELECT key, live_hash FROM objects
                WHERE key \(anyOf: names.flatMap(TreeSource.keys)) AND live_hash IS NOT NULL
                """
            ).map { TreeSource.Live(key: try $0["key"], hash: try $0["live_hash"]) }
            let contents = try Self.contents(Set(live.map(\.hash)), session)
            let byKey = Dictionary(live.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
            let sources = names.map { name in
                TreeSource(
                    name: name,
                    documents: TreeSource.keys(of: name).compactMap { byKey[$0] }.map { live in
                        TreeSource.Live(key: live.key, hash: live.hash, content: contents[live.hash])
                    }
                )
            }
            return (sources, last)
        }
    }

    /// Sets what the tree says of packages; those of which something else has gone live meanwhile are left for later.
    ///
    /// A document is wanted from here on. Its listing names it once it is live, and the one before until then.
    ///
    /// - Returns: Of how many packages it says something else than before.
    package func tell(_ tellings: [TreeTelling], run: RunID) async throws -> Int {
        try await self.engine.write { session in
            let current = try Self.stillLive(tellings, session)
            let entries = try Self.lockedEntries(current.map(\.source.name), session)
            var objects: [ObjectContent] = []
            var leftovers: [Leftover] = []
            var entriesToWrite: [TreeEntry] = []
            for telling in current {
                var wanted: String?
                switch telling.content {
                case .same: continue
                case .nothing: break
                case .document(let blob):
                    let key = TreeFile(name: telling.source.name, content: blob.hash).key
                    objects.append((key, nil, blob))
                    wanted = key
                }
                let known = entries[telling.source.name]
                var entry = known ?? TreeEntry(name: telling.source.name)
                guard wanted != entry.wanted else { continue }
                // One that a listing names stays until the listing names the new one.
                if let old = entry.wanted, old != entry.named { leftovers.append((old, entry.place)) }
                entry.wanted = wanted
                entriesToWrite.append(entry)
            }
            try Self.want(objects, run: run, session)
            try Self.leave(leftovers, session)
            try session.execute(
                """
                INSERT INTO tree_packages (name, place, wanted_key)
                VALUES (\(named: "name"), \(named: "place"), \(named: "wanted"))
                ON CONFLICT (name) DO UPDATE SET wanted_key = excluded.wanted_key
                """,
                each: entriesToWrite.map {
                    ["name": .text($0.name), "place": .integer($0.place), "wanted": .text($0.wanted)] as SQLParameters
                }
            )
            try session.execute(
                """
                DELETE FROM tree_packages
                WHERE name \(anyOf: entriesToWrite.map(\.name)) AND wanted_key IS NULL AND named_key IS NULL
                """
            )
            return entriesToWrite.count
        }
    }

    /// Notes of those of which nothing else has gone live since they were read that the tree knows it; documents whose bytes
    /// are gone stay untold until these are back.
    private static func stillLive(_ tellings: [TreeTelling], _ session: any SQLSession) throws -> [TreeTelling] {
        let keys = tellings.flatMap { TreeSource.keys(of: $0.source.name) }
        var live: [String: ContentHash] = [:]
        for row in try session.rows(
            "SELECT key, live_hash FROM objects WHERE key \(anyOf: keys) ORDER BY key \(.lockedRow)"
        ) {
            if let hash: ContentHash = try row["live_hash"] { live[try row["key"]] = hash }
        }
        let current = tellings.filter { telling in
            let read = Dictionary(telling.source.documents.map { ($0.key, $0.hash) }, uniquingKeysWith: { $1 })
            return TreeSource.keys(of: telling.source.name).allSatisfy { live[$0] == read[$0] }
        }
        try session.execute(
            "UPDATE objects SET tree_hash = live_hash \(.ofBatch) WHERE key = \(named: "key")",
            each: current.flatMap { telling in
                let lost = telling.source.documents.filter { $0.content == nil }.map(\.key)
                return TreeSource.keys(of: telling.source.name).filter { !lost.contains($0) }
            }.map { ["key": .text($0)] as SQLParameters }
        )
        return current
    }

    private static func lockedEntries(_ names: [String], _ session: any SQLSession) throws -> [String: TreeEntry] {
        let rows = try session.rows(
            """
            SELECT name, place, wanted_key, named_key FROM tree_packages WHERE name \(anyOf: names)
            ORDER BY name \(.lockedRow)
            """
        )
        return Dictionary(try rows.map { try TreeEntry(row: $0) }.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }
}

/// What the tree has of a package.
struct TreeEntry {
    var name: String
    var place: Int64
    /// The key of the file that says what is live.
    var wanted: String?
    /// That of the file that the latest listing names.
    var named: String?

    init(name: String) {
        self.name = name
        self.place = TreeGroup.place(of: name)
    }

    init(row: SQLRow) throws {
        self.name = try row["name"]
        self.place = try row["place"]
        self.wanted = try row["wanted_key"]
        self.named = try row["named_key"]
    }
}
