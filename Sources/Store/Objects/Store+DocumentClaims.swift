import Composer

/// Leases on documents: who may upload or delete which, and for how long.
extension Store {
    /// Claims up to `limit` dirty documents; their bytes are asked for apart, outside of this transaction.
    ///
    /// What the bucket holds counts as unknown from here until the stamp, so that a worker that dies in
    /// between leaves the document dirty, even when its content changes back meanwhile. The root is only
    /// handed out when no package's document is waiting for its first try.
    ///
    /// - Parameters:
    ///   - bucket: Where they go, as it was noted; see ``noteBucket(_:insteadOf:)``.
    ///   - paths: Only these, where given.
    ///   - restMilliseconds: How long a document is left alone after it was last sent; see ``rest(rank:milliseconds:paths:)``.
    /// - Throws: ``StoreError/bucketMoved(to:)`` where they go somewhere else by now.
    package func claimDirty(
        rank: Int64,
        limit: Int,
        run: Int64,
        leaseMilliseconds: Int64,
        bucket: String? = nil,
        paths: [String]? = nil,
        restMilliseconds: Int64 = 0
    ) async throws -> [ClaimedDocument] {
        let condition = Self.isHandedOut(rank: rank, paths: paths, restMilliseconds: restMilliseconds)
        guard try await self.isAny(condition) else { return [] }
        return try await self.engine.write { session in
            if let bucket { try Self.expect(bucket: bucket, session) }
            return try session.rows(
                """
                WITH claimed AS MATERIALIZED (
                    SELECT path AS claimed_path FROM documents WHERE \(condition)
                    ORDER BY due_at_ms, path LIMIT \(Int64(limit)) \(.skipLocked)
                )
                UPDATE documents
                SET lease_run = \(run), lease_until_ms = \(.now) + \(leaseMilliseconds),
                    claim_number = claim_number + 1, deployed_hash = \(.noBytes),
                    claimed_at_ms = content_changed_at_ms
                FROM claimed WHERE path = claimed_path
                RETURNING path, deployed_etag, claim_number, attempts, updated_run, content_hash, \(Self.lastModified)
                """
            ).map { row in
                ClaimedDocument(
                    path: try row.text(0),
                    content: try row.optionalBlob(5).flatMap(ContentHash.init(bytes:)),
                    lastModifiedSeconds: try row.integer(6),
                    deployedETag: try row.optionalText(1),
                    claimNumber: try row.integer(2),
                    attempts: Int(try row.integer(3)),
                    updatedRun: try row.optionalInteger(4)
                )
            }
        }
    }

    /// Whether ``claimDirty(rank:limit:run:leaseMilliseconds:bucket:paths:restMilliseconds:)`` would hand out anything.
    package func isAnyClaimable(rank: Int64) async throws -> Bool { try await self.isAny(Self.isHandedOut(rank: rank)) }

    private func isAny(_ condition: SQLStatement) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM documents WHERE \(condition) LIMIT 1").isEmpty
        }
    }

    private static func isHandedOut(rank: Int64, paths: [String]? = nil, restMilliseconds: Int64 = 0) -> SQLStatement {
        let restriction: SQLStatement = paths.map { "AND path \(anyOf: $0)" } ?? ""
        let rested: SQLStatement = restMilliseconds > 0 ? "AND NOT \(Self.isResting(restMilliseconds))" : ""
        let earlierRanks: SQLStatement =
            """
            AND NOT EXISTS (
                SELECT 1 FROM documents AS earlier
                WHERE earlier.content_hash IS DISTINCT FROM earlier.deployed_hash
                    AND earlier.rank < \(rank) AND earlier.due_at_ms = 0
            )
            """
        return "\(Self.isClaimable(rank: rank)) \(rested) \(restriction) \(rank > Self.packageRank ? earlierRanks : "")"
    }

    private static func isClaimable(rank: Int64) -> SQLStatement {
        """
        content_hash IS DISTINCT FROM deployed_hash AND rank = \(rank) AND due_at_ms <= \(.now)
            AND lease_until_ms <= \(.now)
        """
    }

    /// Whether a document was sent a moment ago; a clock that was set back does not make it wait until then.
    private static func isResting(_ milliseconds: Int64) -> SQLStatement {
        "(sent_at_ms > \(.now) - \(milliseconds) AND sent_at_ms <= \(.now) + \(milliseconds))"
    }

    /// How long to wait for the next dirty document that could be claimed if it had not just been sent; nil when there
    /// is none.
    ///
    /// A store that dates objects by its own clock does so in whole seconds: a key that is written twice within one
    /// keeps its date, and who asks by that date never gets the second bytes.
    package func rest(rank: Int64, milliseconds: Int64, paths: [String]? = nil) async throws -> Int64? {
        let restriction: SQLStatement = paths.map { "AND path \(anyOf: $0)" } ?? ""
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT min(sent_at_ms) - \(.now) + \(milliseconds) FROM documents
                WHERE \(Self.isClaimable(rank: rank)) AND \(Self.isResting(milliseconds)) \(restriction)
                """
            )[0].optionalInteger(0).map { max(1, $0) }
        }
    }

    /// Gives back what a run holds, so that others need not wait for its leases to end.
    ///
    /// - Parameter isSent: Whether some of it may have been sent, its answer not waited for.
    package func returnDocuments(run: Int64, isSent: Bool = false) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE documents SET \(isSent ? "sent_at_ms = \(.now)," : "") lease_run = NULL, lease_until_ms = 0
                WHERE lease_until_ms > 0 AND lease_run = \(run)
                """
            )
        }
    }

    /// Whether the run still holds these claims, by path.
    package func stillHeld(_ documents: [ClaimedDocument], run: Int64) async throws -> Set<String> {
        let claims = Dictionary(documents.map { ($0.path, $0.claimNumber) }, uniquingKeysWith: { $1 })
        return try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT path, claim_number FROM documents
                WHERE path \(anyOf: documents.map(\.path)) AND lease_run = \(run) AND lease_until_ms > \(.now)
                """
            )
            return Set(
                try rows.compactMap { row in
                    let path = try row.text(0)
                    return claims[path] == (try row.integer(1)) ? path : nil
                }
            )
        }
    }
}
