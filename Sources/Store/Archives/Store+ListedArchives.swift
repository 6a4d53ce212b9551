import Composer
import Facts

/// Which archives there could be, in the transaction that writes what packages are.
extension Store {
    /// Writes what has changed of them: what is wanted and not there becomes due, what is not wanted any more is not
    /// fetched, and what is no longer listed stays known.
    ///
    /// The rows of the packages were written before in the same transaction, so that nobody else changes the same.
    static func writeArchives(of results: [PackageResult], _ session: any SQLSession) throws {
        let results = results.filter { $0.archives != nil }
        if results.isEmpty { return }
        let known = try Self.knownArchives(of: results.map(\.claim.id), session)
        var new: [(ListedArchive, ClaimedPackage)] = []
        var changed: [(id: Int64, archive: UpstreamArchive, isDue: Bool)] = []
        var gone: [Int64] = []
        for result in results {
            var rest = known[result.claim.id] ?? [:]
            var seen: Set<ContentHash> = []
            for listed in result.archives ?? [] {
                let identity = listed.archive.identityHash
                guard seen.insert(identity).inserted else { continue }
                guard let row = rest.removeValue(forKey: identity) else {
                    if listed.isWanted { new.append((listed, result.claim)) }
                    continue
                }
                let isDue = listed.isWanted && !row.isStored && row.mayHave(listed.maxBytes)
                if !row.isListed || row.isDue != isDue || row.url != listed.archive.url
                    || row.newerThan != listed.archive.newerThanMilliseconds
                {
                    changed.append((row.id, listed.archive, isDue))
                }
            }
            gone += rest.values.filter { $0.isListed || $0.isDue }.map(\.id)
        }
        try Self.insert(new, session)
        try Self.change(changed.sorted { $0.id < $1.id }, session)
        if !gone.isEmpty {
            try session.execute("UPDATE archives SET is_listed = 0, due_at_ms = NULL WHERE id \(anyOf: gone.sorted())")
        }
    }

    private struct KnownArchive {
        var id: Int64
        var url: String
        var newerThan: Int64?
        var isListed: Bool
        var isDue: Bool
        var isStored: Bool
        var refusedBytes: Int64?

        /// Whether it is not known to be larger.
        func mayHave(_ maxBytes: Int64?) -> Bool {
            guard let refusedBytes, let maxBytes else { return true }
            return maxBytes > refusedBytes
        }
    }

    private static func knownArchives(
        of packages: [Int64],
        _ session: any SQLSession
    ) throws -> [Int64: [ContentHash: KnownArchive]] {
        var known: [Int64: [ContentHash: KnownArchive]] = [:]
        let rows = try session.rows(
            """
            SELECT id, package_id, identity, url, newer_than_ms, is_listed, refused_bytes,
                CASE WHEN due_at_ms IS NULL THEN 0 ELSE 1 END AS is_due,
                CASE WHEN object_key IS NULL THEN 0 ELSE 1 END AS is_stored
            FROM archives WHERE package_id \(anyOf: packages)
            """
        )
        for row in rows {
            known[try row["package_id"], default: [:]][try row["identity"]] = KnownArchive(
                id: try row["id"],
                url: try row["url"],
                newerThan: try row["newer_than_ms"],
                isListed: try row["is_listed"],
                isDue: try row["is_due"],
                isStored: try row["is_stored"],
                refusedBytes: try row["refused_bytes"]
            )
        }
        return known
    }

    private static func insert(_ archives: [(ListedArchive, ClaimedPackage)], _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO archives
                (package_id, source, identity, version, type, url, reference, shasum, newer_than_ms, needs_confirmation,
                own_version, due_at_ms)
            \(row: """
                \(named: "package"), \(named: "source"), \(named: "identity"), \(named: "version"), \(named: "type"),
                \(named: "url"), \(named: "reference"), \(named: "shasum"), \(named: "newer_than"),
                \(named: "needs_confirmation"), \(named: "own_version"), \(.now)
                """)
            ON CONFLICT (package_id, identity) DO NOTHING
            """,
            eachOf: archives.lazy.map { listed, claim -> SQLParameters in
                let archive = listed.archive
                return [
                    "package": .integer(claim.id), "source": .text(claim.source),
                    "identity": .blob(archive.identityHash.bytes), "version": .text(archive.version),
                    "type": .text(archive.type), "url": .text(archive.url), "reference": .text(archive.reference),
                    "shasum": .text(archive.shasum), "newer_than": .integer(archive.newerThanMilliseconds),
                    "needs_confirmation": .integer(archive.needsConfirmation ? 1 : 0),
                    "own_version": .text(archive.ownVersion),
                ]
            }
        )
    }

    private static func change(
        _ archives: [(id: Int64, archive: UpstreamArchive, isDue: Bool)],
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            UPDATE archives
            SET url = \(named: "url"), newer_than_ms = \(named: "newer_than"), is_listed = 1,
                due_at_ms = CASE WHEN \(named: "is_due") = 0 THEN NULL WHEN url <> \(named: "url") THEN \(.now)
                    ELSE coalesce(due_at_ms, \(.now)) END,
                absent_since_ms = CASE WHEN url = \(named: "url") THEN absent_since_ms END,
                is_absent = CASE WHEN url = \(named: "url") THEN is_absent ELSE 0 END
            WHERE id = \(named: "id")
            """,
            each: archives.map { id, archive, isDue -> SQLParameters in
                [
                    "id": .integer(id), "url": .text(archive.url),
                    "newer_than": .integer(archive.newerThanMilliseconds), "is_due": .integer(isDue ? 1 : 0),
                ]
            }
        )
    }
}
