package import Composer

/// An archive that a person wants to be removed.
package struct RemovableArchive: Sendable, Equatable {
    package var key: String
    package var sha256: ContentHash
    /// Bytes, where somebody has counted them.
    package var size: Int64?
    /// Whether documents may name it; else it was found to be gone.
    package var isLive: Bool
}

/// Which archives are to be removed: those to which all of this applies.
package struct ArchiveRemoval: Sendable, Equatable {
    /// Composer names; nil is all packages.
    package var packages: [String]?
    /// Since they came into the bucket.
    package var olderThanMilliseconds: Int64?
    /// Of versions alone that upstream no longer lists.
    package var isUnlisted = false
    /// Of no version that is known.
    package var isOrphan = false

    package init() {}
}

extension Store {
    private static let isOwn: SQLStatement = "(object_key = objects.key OR lost_key = objects.key)"

    private static func condition(of removal: ArchiveRemoval) -> SQLStatement {
        var condition: SQLStatement = "kind = \(ObjectKind.archive)"
        if removal.isOrphan {
            condition = "\(condition) AND NOT EXISTS (SELECT 1 FROM archives WHERE \(Self.isOwn))"
        }
        if removal.isUnlisted {
            condition = """
                \(condition) AND EXISTS (SELECT 1 FROM archives WHERE \(Self.isOwn))
                    AND NOT EXISTS (SELECT 1 FROM archives WHERE \(Self.isOwn) AND is_listed = 1)
                """
        }
        if let packages = removal.packages {
            let named: SQLStatement = "SELECT id FROM packages WHERE name \(anyOf: packages)"
            condition = """
                \(condition) AND EXISTS (SELECT 1 FROM archives WHERE \(Self.isOwn) AND package_id IN (\(named)))
                    AND NOT EXISTS (SELECT 1 FROM archives WHERE \(Self.isOwn) AND package_id NOT IN (\(named)))
                """
        }
        if let age = removal.olderThanMilliseconds {
            condition = "\(condition) AND coalesce(deployed_at_ms, 0) < \(.now) - \(age)"
        }
        return condition
    }

    /// The next archives that are to be removed, by their keys.
    package func removableArchives(
        _ removal: ArchiveRemoval,
        after key: String,
        limit: Int
    ) async throws -> [RemovableArchive] {
        let condition = Self.condition(of: removal)
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT key, content_hash, \(Self.archiveSize) AS size,
                    CASE WHEN live_hash IS NULL THEN 0 ELSE 1 END AS is_live
                FROM objects WHERE key > \(key) AND \(condition) ORDER BY key LIMIT \(Int64(limit))
                """
            ).map { row in
                RemovableArchive(
                    key: try row["key"],
                    sha256: try row["content_hash"],
                    size: try row["size"],
                    isLive: try row["is_live"]
                )
            }
        }
    }
}
