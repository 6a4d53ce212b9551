import Facts

/// Archives that are gone from the bucket.
extension Store {
    /// Archives are gone, or have other bytes than they should: documents stop to name them, and upstream is asked again.
    ///
    /// They stay known by their keys, and come back by nothing but their bytes.
    ///
    /// What upstream no longer lists is asked for where it was fetched before: a reference may be there longer than its tag.
    ///
    /// - Returns: How many versions had them, and are derived again at once.
    package func loseArchives(_ keys: [String]) async throws -> Int {
        guard !keys.isEmpty else { return 0 }
        return try await self.engine.write { session in
            let packages: [Int64] = try session.rows(
                "SELECT DISTINCT package_id FROM archives WHERE object_key \(anyOf: keys)"
            ).map { try $0["package_id"] }
            try Self.lockPackages(packages, session)
            // First: who relies upon one of them has the row of its object until what it writes can be seen below.
            try session.execute(
                """
                UPDATE objects SET live_hash = NULL, deployed_etag = NULL
                WHERE key \(anyOf: keys) AND kind = \(ObjectKind.archive)
                """
            )
            let changed: [Int64] = try session.rows(
                """
                UPDATE archives
                SET lost_key = object_key, object_key = NULL, sha1 = NULL, size = NULL, kind = NULL, fetched_at_ms = NULL,
                    last_modified_ms = NULL, attempts = 0, last_error = NULL,
                    due_at_ms = CASE WHEN is_listed = 1 OR fetched_from IS NOT NULL THEN \(.now) END
                WHERE object_key \(anyOf: keys)
                RETURNING package_id
                """
            ).map { try $0["package_id"] }
            try Self.deriveNow(changed, session)
            return changed.count
        }
    }

    /// What is live of packages has changed, and nothing is waited for.
    static func deriveNow(_ packages: [Int64], _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE packages SET archives_revision = archives_revision + 1, derive_at_ms = \(.now)
            WHERE id \(anyOf: Array(Set(packages)))
            """
        )
    }
}
