import Composer
package import Facts

/// Taking the v1 tree away: first nothing leads to it, and later it goes.
extension Store {
    /// Whether there is a tree, or what is left of one that is being taken away.
    package func hasTree() async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM tree_groups LIMIT 1").isEmpty
        }
    }

    /// Withdraws the tree's root.
    package func withdrawTreeRoot(run: RunID) async throws {
        _ = try await self.engine.write { session in
            var references = BlobReferences()
            _ = try Self.withdraw([TreeFile.rootKey], references: &references, run: run, session)
            try references.write(session)
            try session.execute("DELETE FROM tree_root")
            // Where the tree is wanted again before the rest of it was forgotten, nothing else calls for a root.
            try session.execute("UPDATE objects SET is_stale = 1 WHERE key = \(TreeFile.rootKey)")
        }
    }

    /// Forgets up to `limit` packages of a tree whose root is gone: their files are left from now on.
    ///
    /// - Returns: Whether there is more to be forgotten.
    package func forgetTree(limit: Int) async throws -> Bool {
        try await self.engine.write { session in
            // First: who wants the tree may be deriving a root that leads to all of this, and waits or is waited for.
            let root = try session.rows(
                "SELECT content_hash, deployed_hash FROM objects WHERE key = \(TreeFile.rootKey) \(.lockedRow)"
            ).first
            if let root, !root.values.allSatisfy({ $0 == .null }) { return false }
            let entries = try session.rows(
                """
                SELECT name, place, wanted_key, named_key FROM tree_packages
                ORDER BY name LIMIT \(Int64(limit)) \(.lockedRow)
                """
            ).map { try TreeEntry(row: $0) }
            var leftovers = entries.flatMap { entry in
                Set([entry.wanted, entry.named].compactMap(\.self)).map { ($0, entry.place) }
            }
            try session.execute(
                "UPDATE objects SET tree_hash = NULL WHERE key = \(named: "key")",
                each: entries.flatMap { TreeSource.keys(of: $0.name) }.map { ["key": .text($0)] as SQLParameters }
            )
            try session.execute("DELETE FROM tree_packages WHERE name \(anyOf: entries.map(\.name))")
            if entries.count < limit {
                leftovers += try session.rows(
                    "DELETE FROM tree_groups RETURNING first_place, wanted_key"
                ).compactMap { row in
                    let key: String? = try row["wanted_key"]
                    return try key.map { ($0, try row["first_place"]) }
                }
            }
            try Self.leave(leftovers, session)
            try session.execute(
                """
                UPDATE tree_leftovers SET is_dropped = 1, unreachable_since_ms = \(.now)
                WHERE unreachable_since_ms IS NULL
                """
            )
            return entries.count == limit
        }
    }
}
