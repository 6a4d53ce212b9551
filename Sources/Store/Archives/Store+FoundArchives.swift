import Composer
package import Facts
import Wire

/// Archives that were found in the bucket, with the bytes that their keys promise.
extension Store {
    /// What became of archives that were found.
    package struct AdoptedArchives: Sendable, Equatable {
        /// Nobody knew of them.
        package var new = 0
        /// They had been gone.
        package var returned = 0
    }

    /// Records archives as objects of the bucket: from here on whoever wants exactly these bytes can have them.
    ///
    /// - Parameters:
    ///   - bucket: Where they are, as it was noted; nil where none is noted yet.
    ///   - since: Before their bytes were read, by the database's clock.
    /// - Throws: ``StoreError/bucketMoved(to:)`` where the known bucket is another one by now, and
    ///   ``StoreError/archivesBeingRemoved`` where somebody removes archives, or did since then: these may be among them.
    package func adoptArchives(
        _ found: [ArchiveObject],
        bucket: String?,
        since: Int64,
        run: RunID
    ) async throws -> AdoptedArchives {
        guard !found.isEmpty else { return AdoptedArchives() }
        return try await self.engine.write { session in
            if let bucket { try Self.expect(bucket: bucket, session) }
            if try Self.isRemovingArchives(since: since, session) { throw StoreError.archivesBeingRemoved }
            let lost: Int = try session.rows(
                """
                SELECT count(*) AS total FROM objects
                WHERE key \(anyOf: found.map(\.key)) AND kind = \(ObjectKind.archive) AND live_hash IS NULL
                """
            )[0]["total"]
            let new = try Self.insertObjects(found, run: run, session)
            try session.execute(
                """
                INSERT INTO found_archives (key, sha1, size, found_at_ms)
                VALUES (\(named: "key"), \(named: "sha1"), \(named: "size"), \(.now))
                ON CONFLICT (key) DO NOTHING
                """,
                each: found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
                    ["key": .text($0.key), "sha1": .blob($0.sha1), "size": .integer($0.size)]
                }
            )
            try Self.countArchives(new.count, new.reduce(0) { $0 + $1.size }, session)
            return AdoptedArchives(new: new.count, returned: lost)
        }
    }

    /// Gives what was found to the versions that want exactly these bytes, because upstream says their checksum or because they
    /// had them before.
    ///
    /// - Parameter key: Goes on behind it.
    /// - Returns: How many versions that were, and the last key that was looked at; nil where there was none.
    package func assignFoundArchives(after key: String, limit: Int) async throws -> (versions: Int, last: String?) {
        let found = try await self.engine.read { session in
            try session.rows(
                """
                SELECT key, sha1, size FROM found_archives
                WHERE key > \(key) AND EXISTS (
                    SELECT 1 FROM objects WHERE objects.key = found_archives.key AND live_hash IS NOT NULL
                )
                ORDER BY key LIMIT \(Int64(limit))
                """
            ).map { row -> FoundArchive in (try row["key"], try row["sha1"], try row["size"]) }
        }
        guard let last = found.last?.key else { return (0, nil) }
        let wanted: SQLStatement = """
            object_key IS NULL AND (lost_key \(anyOf: found.map(\.key))
                OR shasum \(anyOf: found.map { Hexadecimal.text($0.sha1) }))
            """
        let packages: [Int64] = try await self.engine.read { session in
            try session.rows("SELECT DISTINCT package_id FROM archives WHERE \(wanted)").map { try $0["package_id"] }
        }
        if packages.isEmpty { return (0, last) }
        let versions = try await self.engine.write { session in
            try Self.lockPackages(packages, session)
            let byKey = try Self.assign("lost_key = \(named: "key")", found.map(Self.parameters), session)
            let bySHA1 = try Self.assign(
                "shasum = \(named: "shasum")",
                found.map { Self.parameters(of: $0) + ["shasum": .text(Hexadecimal.text($0.sha1))] },
                session
            )
            try Self.deriveNow(packages, session)
            return byKey + bySHA1
        }
        return (versions, last)
    }

    typealias FoundArchive = (key: String, sha1: [UInt8], size: Int64)

    /// The values of a row that has bytes of ours; what it was fetched from stays, where it ever was.
    static let isFound: SQLStatement = """
        object_key = \(named: "key"), sha1 = \(named: "sha1"), size = \(named: "size"), kind = \(named: "kind"),
            fetched_at_ms = \(.now), first_fetched_at_ms = coalesce(first_fetched_at_ms, \(.now)), due_at_ms = NULL, attempts = 0, last_error = NULL, refused_bytes = NULL,
            lost_key = CASE WHEN lost_key = \(named: "key") THEN NULL ELSE lost_key END,
            claim_number = claim_number + 1, lease_run = NULL, lease_until_ms = 0
        """

    static func parameters(of found: FoundArchive) -> SQLParameters {
        let kind = found.key.drop { $0 != "." }.dropFirst()
        return [
            "key": .text(found.key), "sha1": .blob(found.sha1), "size": .integer(found.size),
            "kind": .text(String(kind)),
        ]
    }

    private static func assign(
        _ condition: SQLStatement,
        _ found: [SQLParameters],
        _ session: any SQLSession
    ) throws -> Int {
        // Who was fetching it has nothing to write back any more.
        try session.execute(
            """
            UPDATE archives SET \(Self.isFound)
            WHERE \(condition) AND object_key IS NULL AND EXISTS (
                SELECT 1 FROM objects WHERE objects.key = \(named: "key") AND live_hash IS NOT NULL
            )
            """,
            each: found
        ).reduce(0, +)
    }
}
