import Composer
import Facts

/// What became of a batch of results when it was written.
package struct WrittenResults: Sendable, Equatable {
    /// Packages whose lease had passed to another run; nothing was written of them.
    package var lost = 0
    package var documentsChanged = 0
    package var documentsUnchanged = 0
    package var documentsWithdrawn = 0
    /// Packages that would have lost a document, and wait for a person: they are as they were.
    package var held: Set<Int64> = []
}

/// Writing back what `update` found out.
extension Store {
    /// Writes a batch of results and ends their leases, all in one transaction.
    ///
    /// What changed upstream since a claim stays due: only the revision that was claimed counts as done.
    /// The result of a package whose lease has passed on is dropped.
    ///
    /// - Parameter limit: How many packages may lose a document; nil where that is a person's wish.
    package func finish(
        _ results: [PackageResult],
        limit: WithdrawalLimit? = nil,
        run: Int64
    ) async throws -> WrittenResults {
        let all = results
        return try await self.engine.write { session in
            var written = WrittenResults()
            let judgement = try Self.judge(all, limit, session)
            written.held = judgement.held
            if let limit {
                try Self.hold(all.filter { judgement.held.contains($0.claim.id) }, limit, run: run, session)
            }
            let results = all.filter { !judgement.held.contains($0.claim.id) }
            // Before the new payloads replace them; of a lost package, the old one is still referred to and stays.
            try Self.retire(
                payloads: results.compactMap { result in result.payload.map { (result.claim.id, $0.hash.bytes) } },
                documents: [],
                session
            )
            let rows = try Self.writePackages(results, judgement, run: run, session)
            let held = zip(results, rows).filter { $0.1 == 1 }.map(\.0)
            written.lost = results.count - held.count
            try Self.retire(
                payloads: [],
                documents: held.flatMap { $0.documents.map { ($0.path, $0.content?.hash.bytes) } },
                session
            )

            let contents = held.flatMap { result in
                result.documents.compactMap(\.content) + (result.payload.map { [$0] } ?? [])
            }
            try Self.insert(contents, session)

            let present = held.flatMap { result in
                result.documents.compactMap { document in
                    document.content.map { (path: document.path, package: result.claim.id, hash: $0.hash) }
                }
            }
            written.documentsChanged = try Self.setContent(present, run: run, session)
            written.documentsUnchanged = present.count - written.documentsChanged

            let absent = held.flatMap { $0.documents.filter { $0.content == nil }.map(\.path) }
            written.documentsWithdrawn = try Self.withdraw(absent, run: run, session)
            return written
        }
    }

    /// Records why packages failed and when each is tried again, and ends their leases.
    ///
    /// - Parameter suspects: Those that spoil the batches that they are in: they are asked about alone until they have
    ///   been answered.
    package func fail(
        _ failures: [(claim: ClaimedPackage, error: String, retryMilliseconds: Int64)],
        suspects: Set<Int64> = [],
        run: Int64
    ) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages
                SET attempts = attempts + 1, last_error = \(parameter: 2), due_at_ms = \(.now) + \(parameter: 3),
                    updated_run = \(parameter: 4), lease_run = NULL, lease_until_ms = 0,
                    is_suspect = CASE WHEN \(parameter: 5) = 1 THEN 1 ELSE is_suspect END
                WHERE id = \(parameter: 0) AND claim_number = \(parameter: 1)
                """,
                each: failures.map {
                    [
                        .integer($0.claim.id), .integer($0.claim.claimNumber), .text($0.error),
                        .integer($0.retryMilliseconds), .integer(run),
                        .integer(suspects.contains($0.claim.id) ? 1 : 0),
                    ]
                }
            )
        }
    }

    /// Ends the leases of packages about which a request came to nothing: they are due again, and nothing is said of them.
    package func postpone(_ claims: [(claim: ClaimedPackage, retryMilliseconds: Int64)]) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages SET due_at_ms = \(.now) + \(parameter: 2), lease_run = NULL, lease_until_ms = 0
                WHERE id = \(parameter: 0) AND claim_number = \(parameter: 1)
                """,
                each: claims.map {
                    [.integer($0.claim.id), .integer($0.claim.claimNumber), .integer($0.retryMilliseconds)]
                }
            )
        }
    }

    /// Drops stored payloads that can't be read, so that upstream is asked for them again.
    package func forgetPayloads(_ claims: [ClaimedPackage], run: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages
                SET payload_hash = NULL, derived_key = NULL, due_at_ms = \(.now), updated_run = \(parameter: 2),
                    lease_run = NULL, lease_until_ms = 0
                WHERE id = \(parameter: 0) AND claim_number = \(parameter: 1)
                """,
                each: claims.map { [.integer($0.id), .integer($0.claimNumber), .integer(run)] }
            )
        }
    }

    /// Sets the content of `packages.json`, or of another document that belongs to no package.
    ///
    /// - Returns: Whether it differs from what it was.
    package func setRootDocument(path: String, content: Blob, run: Int64) async throws -> Bool {
        let hash = try await self.engine.read { session in
            try session.rows("SELECT content_hash FROM documents WHERE path = \(path) AND content_lost = 0")
                .first?.optionalBlob(0)
        }
        if hash == content.hash.bytes { return false }
        return try await self.engine.write { session in
            try Self.retire(payloads: [], documents: [(path, content.hash.bytes)], session)
            try Self.insert([content], session)
            return try session.execute(
                """
                INSERT INTO documents (path, rank, content_hash, content_changed_at_ms, updated_run)
                VALUES (\(path), 2, \(content.hash.bytes), \(.now), \(run))
                ON CONFLICT (path) DO UPDATE SET \(Self.newContent)
                    WHERE documents.content_hash IS DISTINCT FROM excluded.content_hash OR documents.content_lost = 1
                """
            ) == 1
        }
    }

    private static func writePackages(
        _ results: [PackageResult],
        _ judgement: Judgement,
        run: Int64,
        _ session: any SQLSession
    ) throws -> [Int] {
        try session.execute(
            """
            UPDATE packages
            SET state = \(parameter: 2), closed_date = \(parameter: 3), closed_reason = \(parameter: 4),
                closed_permanent = \(parameter: 5), payload_hash = coalesce(\(parameter: 6), payload_hash),
                derived_key = coalesce(\(parameter: 7), derived_key), format = \(parameter: 8),
                title = coalesce(\(parameter: 9), title), latest_version = coalesce(\(parameter: 10), latest_version),
                active_installs = coalesce(\(parameter: 11), active_installs),
                last_updated_ms = coalesce(\(parameter: 12), last_updated_ms),
                settled_revision = CASE WHEN \(parameter: 13) = 1 THEN \(parameter: 14) ELSE settled_revision END,
                looks = \(parameter: 15), attempts = 0, last_error = NULL, updated_run = \(parameter: 16),
                due_at_ms = CASE WHEN changed_revision > \(parameter: 14) THEN \(.now)
                    ELSE coalesce(\(.now) + \(parameter: 17), due_at_ms) END,
                doubts = \(parameter: 18), is_suspect = 0,
                held_at_ms = CASE WHEN \(parameter: 19) = 1 THEN NULL ELSE held_at_ms END,
                is_confirmed = CASE WHEN \(parameter: 19) = 1 THEN 0 ELSE is_confirmed END,
                withdrawn_at_ms = CASE WHEN \(parameter: 20) = 1 THEN \(.now) WHEN \(parameter: 21) = 1 THEN NULL
                    ELSE withdrawn_at_ms END,
                lease_run = NULL, lease_until_ms = 0
            WHERE id = \(parameter: 0) AND claim_number = \(parameter: 1)
            """,
            each: results.map { result in
                [
                    .integer(result.claim.id), .integer(result.claim.claimNumber), .text(result.state.rawValue),
                    .text(result.closure?.date), .text(result.closure?.reason),
                    .integer(result.closure?.isPermanent == true ? 1 : 0), .blob(result.payload?.hash.bytes),
                    .blob(result.derivedKey?.bytes), .integer(result.format), .text(result.title),
                    .text(result.latestVersion), .integer(result.activeInstalls),
                    .integer(result.lastUpdatedMilliseconds), .integer(result.isSettled ? 1 : 0),
                    .integer(result.claim.changedRevision), .integer(Int64(result.looks)), .integer(run),
                    .integer(result.nextLookMilliseconds), .integer(Int64(result.doubts)),
                    .integer(result.isConclusive ? 1 : 0),
                    .integer(judgement.counted.contains(result.claim.id) ? 1 : 0),
                    .integer(judgement.uncounted.contains(result.claim.id) || result.publishesVersions ? 1 : 0),
                ]
            }
        )
    }

    /// Keeps blobs that are not there yet.
    ///
    /// In the order of their hashes, so that two writers can't wait for each other.
    private static func insert(_ blobs: [Blob], _ session: any SQLSession) throws {
        let ordered = blobs.sorted { $0.hash.bytes.lexicographicallyPrecedes($1.hash.bytes) }
        // Content that comes back is taken off the list of what is to be removed, before it is looked for.
        try session.execute(
            "DELETE FROM retired_blobs WHERE hash = \(parameter: 0)",
            each: ordered.map { [.blob($0.hash.bytes)] }
        )
        try session.execute(
            """
            INSERT INTO blobs (hash, encoding, size, bytes)
            VALUES (\(parameter: 0), \(parameter: 1), \(parameter: 2), \(parameter: 3))
            ON CONFLICT (hash) DO NOTHING
            """,
            each: ordered.map {
                [.blob($0.hash.bytes), .text($0.encoding.rawValue), .integer(Int64($0.size)), .blob($0.bytes)]
            }
        )
    }

    /// What changes with the content of a document that is there already.
    private static let newContent: SQLStatement = """
        content_hash = excluded.content_hash, content_changed_at_ms = excluded.content_changed_at_ms,
        last_modified_s = \(Self.nextLastModified), updated_run = excluded.updated_run, content_lost = 0,
        \(Self.nothingFailed)
        """
    /// A new content is tried at once, whatever became of the one before.
    private static let nothingFailed: SQLStatement =
        "due_at_ms = 0, attempts = 0, last_error = NULL, failed_run = NULL"

    private static func setContent(
        _ documents: [(path: String, package: Int64, hash: ContentHash)],
        run: Int64,
        _ session: any SQLSession
    ) throws -> Int {
        try session.execute(
            """
            INSERT INTO documents (path, package_id, rank, content_hash, content_changed_at_ms, updated_run)
            VALUES (\(parameter: 0), \(parameter: 1), 1, \(parameter: 2), \(.now), \(parameter: 3))
            ON CONFLICT (path) DO UPDATE SET \(Self.newContent), package_id = excluded.package_id
                WHERE documents.content_hash IS DISTINCT FROM excluded.content_hash OR documents.content_lost = 1
            """,
            each: documents.map { [.text($0.path), .integer($0.package), .blob($0.hash.bytes), .integer(run)] }
        ).reduce(0, +)
    }

    static func withdraw(_ paths: [String], run: Int64, _ session: any SQLSession) throws -> Int {
        try session.execute(
            """
            UPDATE documents
            SET content_hash = NULL, content_changed_at_ms = \(.now), last_modified_s = \(Self.nextLastModified),
                updated_run = \(parameter: 1), content_lost = 0, \(Self.nothingFailed)
            WHERE path = \(parameter: 0) AND content_hash IS NOT NULL
            """,
            each: paths.map { [.text($0), .integer(run)] }
        ).reduce(0, +)
    }
}
