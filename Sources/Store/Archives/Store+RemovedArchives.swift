import Composer
import Facts

/// Removing archives, which only a person asks for: the one thing that ever takes bytes of theirs away.
extension Store {
    private static let removalKey = "archive_removal"

    /// Whether somebody removes archives; who does so is waited for, and waits until this transaction ends.
    ///
    /// Whoever begins to fetch an archive asks this in the transaction of its claim: it may be one of those that are removed
    /// at this moment, and would be gone after it had been stored.
    ///
    /// - Parameter since: Whether somebody did at any time since then, by the database's clock; nil is now.
    static func isRemovingArchives(since: Int64? = nil, _ session: any SQLSession) throws -> Bool {
        let row = try session.rows(
            "SELECT CAST(value AS BIGINT) AS until, \(.now) AS now FROM settings WHERE key = \(Self.removalKey) \(.sharedRow)"
        ).first
        guard let row else { return false }
        let (until, now): (Int64, Int64) = (try row["until"], try row["now"])
        return since.map { until >= $0 } ?? (until > now)
    }

    /// Keeps archives from being claimed for so long; who was too slow with one has lost it.
    ///
    /// - Returns: How many are being fetched all the same, because that was begun before: nothing may be removed then.
    package func beginRemovingArchives(milliseconds: Int64) async throws -> Int {
        try await self.engine.write { session in
            try session.execute(
                "UPDATE settings SET value = CAST(\(.now) + \(milliseconds) AS TEXT) WHERE key = \(Self.removalKey)"
            )
            try session.execute(
                """
                UPDATE archives SET lease_run = NULL, lease_until_ms = 0, claim_number = claim_number + 1
                WHERE lease_until_ms > 0 AND lease_until_ms <= \(.now)
                """
            )
            return try session.rows("SELECT count(*) AS total FROM archives WHERE lease_until_ms > 0")[0]["total"]
        }
    }

    /// The same for so long from now on.
    ///
    /// - Returns: false where the time has passed: archives may have been fetched meanwhile.
    package func goOnRemovingArchives(milliseconds: Int64) async throws -> Bool {
        try await self.engine.write { session in
            try session.execute(
                """
                UPDATE settings SET value = CAST(\(.now) + \(milliseconds) AS TEXT)
                WHERE key = \(Self.removalKey) AND CAST(value AS BIGINT) > \(.now)
                """
            ) > 0
        }
    }

    /// From here on archives are claimed again; that there was a removal until now is kept.
    package func endRemovingArchives() async throws {
        _ = try await self.engine.write { session in
            try session.execute("UPDATE settings SET value = CAST(\(.now) AS TEXT) WHERE key = \(Self.removalKey)")
        }
    }

    /// Takes archives out of what documents may name.
    ///
    /// Left alone are those of packages that somebody is at work on, whose documents are not in the bucket as they should be,
    /// or name one of them. Of all others no document names one, nor will one that is derived from here on.
    ///
    /// - Returns: The keys of those that were live, and are not any more.
    package func withdrawArchives(_ archives: [RemovableArchive]) async throws -> [String] {
        guard !archives.isEmpty else { return [] }
        let keys = archives.map(\.key)
        return try await self.engine.write { session in
            let owners = try session.rows(
                """
                SELECT package_id, object_key AS key FROM archives WHERE object_key \(anyOf: keys)
                UNION SELECT package_id, lost_key AS key FROM archives WHERE lost_key \(anyOf: keys)
                """
            ).map { row -> (package: Int64, key: String) in (try row["package_id"], try row["key"]) }
            let packages = Array(Set(owners.map(\.package)))
            try Self.lockPackages(packages, session)
            let unsettled = try Self.unsettled(packages, session)
            let mentioned = try Self.mentioned(by: packages, session)
            let kept = Set(owners.filter { unsettled.contains($0.package) }.map(\.key))
            let withdrawn = archives.filter { !kept.contains($0.key) && !mentioned.contains($0.sha256) }.map(\.key)
            let live: [String] = try session.rows(
                """
                UPDATE objects SET live_hash = NULL
                WHERE key \(anyOf: withdrawn) AND kind = \(ObjectKind.archive) AND live_hash IS NOT NULL
                RETURNING key
                """
            ).map { try $0["key"] }
            let changed = Set(live)
            try Self.deriveLater(owners.filter { changed.contains($0.key) }.map(\.package), session)
            return live
        }
    }

    /// Packages that somebody is at work on, or whose documents are on their way to the bucket.
    private static func unsettled(_ packages: [Int64], _ session: any SQLSession) throws -> Set<Int64> {
        let rows = try session.rows(
            """
            SELECT package_id AS id FROM package_leases WHERE package_id \(anyOf: packages) AND until_ms > \(.now)
            UNION SELECT package_id AS id FROM objects WHERE package_id \(anyOf: packages)
                AND (content_hash IS DISTINCT FROM deployed_hash OR live_hash IS DISTINCT FROM deployed_hash)
            """
        )
        return Set(try rows.map { try $0["id"] as Int64 })
    }

    private static func mentioned(by packages: [Int64], _ session: any SQLSession) throws -> Set<ContentHash> {
        var mentioned: Set<ContentHash> = []
        // One package after the other: documents are large.
        for package in packages {
            let rows = try session.rows(
                """
                SELECT hash, encoding, size, bytes FROM blobs
                WHERE hash IN (SELECT content_hash FROM objects WHERE package_id = \(package))
                """
            )
            for row in rows { ArchiveMentions.each(in: try Blob(row: row).content()) { mentioned.insert($0) } }
        }
        return mentioned
    }

    /// What was withdrawn is named after all, by something that this database does not know of: it is live again.
    package func restoreArchives(_ keys: [String]) async throws {
        _ = try await self.engine.write { session in
            let packages: [Int64] = try session.rows(
                "SELECT DISTINCT package_id FROM archives WHERE object_key \(anyOf: keys)"
            ).map { try $0["package_id"] }
            try Self.lockPackages(packages, session)
            try session.execute(
                """
                UPDATE objects SET live_hash = content_hash
                WHERE key \(anyOf: keys) AND kind = \(ObjectKind.archive) AND live_hash IS NULL
                """
            )
            try Self.deriveLater(packages, session)
        }
    }

    /// Forgets archives that were deleted from the bucket.
    ///
    /// - Parameter removed: Not live any more; one that is live again meanwhile stays known.
    package func forgetArchives(_ removed: [RemovableArchive]) async throws {
        guard !removed.isEmpty else { return }
        let keys = removed.map(\.key)
        _ = try await self.engine.write { session in
            let packages: [Int64] = try session.rows(
                "SELECT DISTINCT package_id FROM archives WHERE object_key \(anyOf: keys) OR lost_key \(anyOf: keys)"
            ).map { try $0["package_id"] }
            try Self.lockPackages(packages, session)
            let gone: [String] = try session.rows(
                """
                DELETE FROM objects WHERE key \(anyOf: keys) AND kind = \(ObjectKind.archive) AND live_hash IS NULL
                RETURNING key
                """
            ).map { try $0["key"] }
            let listed: [Int64] = try session.rows(
                """
                UPDATE archives
                SET object_key = NULL, sha1 = NULL, size = NULL, kind = NULL, fetched_at_ms = NULL, last_modified_ms = NULL
                WHERE object_key \(anyOf: gone)
                RETURNING package_id, is_listed
                """
            ).filter { try $0["is_listed"] }.map { try $0["package_id"] }
            // What upstream lists again by now is wanted again: the settings say so, where its package is derived.
            try session.execute(
                "UPDATE packages SET derived_key = NULL, format = 0 WHERE id \(anyOf: Array(Set(listed)))"
            )
            try session.execute("UPDATE archives SET lost_key = NULL WHERE lost_key \(anyOf: gone)")
            try session.execute("DELETE FROM found_archives WHERE key \(anyOf: gone)")
            let names = Set(gone)
            let bytes = removed.reduce(into: Int64(0)) { if names.contains($1.key) { $0 += $1.size ?? 0 } }
            try Self.countArchives(-gone.count, -bytes, session)
        }
    }
}
