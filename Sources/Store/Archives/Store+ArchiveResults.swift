import Composer
package import Facts

/// Writing back what became of claimed archives.
extension Store {
    /// How long a package's documents wait for the rest of its archives, in milliseconds.
    package static let archivePatience: Int64 = 600_000

    /// Records archives that are in the bucket, and ends their leases, all in one transaction.
    ///
    /// From here on documents may name them. A package's documents are derived again once nothing more of it is fetched
    /// soon, or after ten minutes: not once for each archive.
    ///
    /// - Parameter bucket: Where they are, as it was noted; see ``noteBucket(_:insteadOf:)``.
    /// - Throws: ``StoreError/bucketMoved(to:)`` where archives go somewhere else by now.
    package func finishArchives(
        _ archives: [StoredArchive],
        bucket: String? = nil,
        run: RunID
    ) async throws -> WrittenArchives {
        guard !archives.isEmpty else { return WrittenArchives() }
        return try await self.engine.write { session in
            if let bucket { try Self.expect(bucket: bucket, session) }
            try Self.lockPackages(archives.map(\.claim.packageID), session)
            let there = try Self.withoutLost(archives, session)
            let rows = try Self.write(there, session)
            let held = zip(there, rows).filter { $0.1 == 1 }.map(\.0)
            var written = WrittenArchives(written: held.count, lost: archives.count - held.count)
            let new = try Self.insertObjects(held.map(\.object), run: run, session)
            written.newBytes = new.reduce(0) { $0 + $1.size }
            written.returned = held.count { $0.key == $0.claim.lostKey }
            written.replaced = held.count { $0.claim.lostKey != nil } - written.returned
            try Self.countArchives(new.count, written.newBytes, session)
            // What has to be confirmed changes no document yet.
            try Self.deriveLater(held.filter { !$0.claim.archive.needsConfirmation }.map(\.claim.packageID), session)
            return written
        }
    }

    /// What was not uploaded because the bucket had it, and is found to be gone by now, is not there: it stays due.
    private static func withoutLost(
        _ archives: [StoredArchive],
        _ session: any SQLSession
    ) throws -> [StoredArchive] {
        let reliedUpon = archives.filter { !$0.isUploaded }.map(\.key)
        guard !reliedUpon.isEmpty else { return archives }
        // Whoever finds that they are gone waits until the transaction ends, and finds these versions too.
        let live = try session.rows(
            "SELECT key FROM objects WHERE key \(anyOf: reliedUpon) AND \(Self.isLiveArchive) ORDER BY key \(.lockedRow)"
        ).map { try $0["key"] as String }
        return archives.filter { $0.isUploaded || live.contains($0.key) }
    }

    /// Other bytes than those that were lost: what was certain of those is not of these, but where upstream has their checksum.
    private static let isReplacement: SQLStatement =
        "lost_key IS NOT NULL AND lost_key <> \(named: "key") AND shasum IS NULL"

    private static func write(_ archives: [StoredArchive], _ session: any SQLSession) throws -> [Int] {
        try session.execute(
            """
            UPDATE archives
            SET object_key = \(named: "key"), sha1 = \(named: "sha1"), size = \(named: "size"), kind = \(named: "kind"),
                fetched_at_ms = \(.now), first_fetched_at_ms = coalesce(first_fetched_at_ms, \(.now)), fetched_from = \(named: "from"), last_modified_ms = \(named: "modified"),
                due_at_ms = NULL, attempts = 0, last_error = NULL, refused_bytes = NULL,
                header_version = \(named: "header"), absent_since_ms = NULL, is_absent = 0, lease_run = NULL,
                lease_until_ms = 0, needs_confirmation = CASE WHEN \(Self.isReplacement) THEN 1 ELSE needs_confirmation END,
                lost_key = CASE WHEN lost_key = \(named: "key") THEN NULL ELSE lost_key END
            WHERE id = \(named: "id") AND claim_number = \(named: "claim") AND lease_run IS NOT NULL
            """,
            each: archives.map { archive -> SQLParameters in
                [
                    "id": .integer(archive.claim.id), "claim": .integer(archive.claim.claimNumber),
                    "key": .text(archive.key), "sha1": .blob(archive.sha1), "size": .integer(archive.size),
                    "kind": .text(archive.kind), "from": .text(archive.fetchedFrom),
                    "modified": .integer(archive.lastModifiedMilliseconds), "header": .text(archive.headerVersion),
                ]
            }
        )
    }
}
