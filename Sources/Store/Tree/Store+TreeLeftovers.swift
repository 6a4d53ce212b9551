import Composer
package import Facts

/// Files of the v1 tree that nothing wants any more: they stay for those who hold a root that leads to them.
extension Store {
    /// How long a file stays after a root that leads to it was last live: ten minutes, and the one for which caches may
    /// hold a root.
    package static let treeFilesKept: Duration = .seconds(11 * 60)

    typealias Leftover = (key: String, place: Int64)

    /// Notes that no new listing and no new root leads to these files; a root that is live still may.
    static func leave(_ leftovers: [Leftover], _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO tree_leftovers (key, place) VALUES (\(named: "key"), \(named: "place"))
            ON CONFLICT (key) DO UPDATE SET place = excluded.place, is_dropped = 0, unreachable_since_ms = NULL
            """,
            each: leftovers.sorted { $0.key < $1.key }.map {
                ["key": .text($0.key), "place": .integer($0.place)] as SQLParameters
            }
        )
    }

    /// Sets what files of the tree say, which are wanted again where they were left.
    static func want(_ objects: [ObjectContent], run: RunID, _ session: any SQLSession) throws {
        // First: whoever is about to remove them has done so, or passes them over.
        try session.execute("DELETE FROM tree_leftovers WHERE key \(anyOf: objects.map(\.key))")
        var references = BlobReferences()
        _ = try Self.setContents(objects, kind: .listing, references: &references, run: run, session)
        try references.write(session)
    }

    /// From now on no root that is live leads to those that the tree's root does not, where that root is live.
    ///
    /// To be called in the transaction that stamps the root, or leaves it as it is.
    static func noteUnreachable(_ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE tree_leftovers SET unreachable_since_ms = \(.now)
            WHERE unreachable_since_ms IS NULL AND is_dropped = 1 AND EXISTS (
                SELECT 1 FROM objects
                WHERE objects.key = \(TreeFile.rootKey) AND objects.content_hash IS NOT DISTINCT FROM objects.deployed_hash
            )
            """
        )
    }

    private static let expired: SQLStatement =
        "unreachable_since_ms < \(.now) - \(Self.treeFilesKept.components.seconds * 1_000)"

    /// Whether there are files that nobody can be on the way to any more.
    package func isAnyLeftoverExpired() async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM tree_leftovers WHERE \(Self.expired) LIMIT 1").isEmpty
        }
    }

    /// Withdraws up to `limit` files that nobody can be on the way to any more; they are deleted as all objects are.
    ///
    /// - Returns: How many.
    package func withdrawLeftovers(limit: Int, run: RunID) async throws -> Int {
        try await self.engine.write { session in
            let keys: [String] = try session.rows(
                """
                SELECT key FROM tree_leftovers WHERE \(Self.expired)
                ORDER BY unreachable_since_ms LIMIT \(Int64(limit)) \(.skipLocked)
                """
            ).map { try $0["key"] }
            guard !keys.isEmpty else { return 0 }
            try session.execute("DELETE FROM tree_leftovers WHERE key \(anyOf: keys)")
            var references = BlobReferences()
            _ = try Self.withdraw(keys, references: &references, run: run, session)
            try references.write(session)
            return keys.count
        }
    }

    /// Forgets files that are deleted: no follower asks for them, as for documents, and a tree that changes every minute
    /// would leave a million a month.
    static func forget(_ keys: [String], _ session: any SQLSession) throws {
        if keys.isEmpty { return }
        try session.execute(
            """
            DELETE FROM objects
            WHERE key \(anyOf: keys) AND kind = \(ObjectKind.listing) AND content_hash IS NULL AND deployed_hash IS NULL
            """
        )
    }
}
