import Composer
package import Facts

/// Leases on objects: who may upload or delete which, and for how long.
///
/// Whose lease is named here is dirty, whoever holds it and whether its time is over: what the bucket holds of it is not known.
/// So whatever ends a lease either stamps the object or counts what is live as unknown, and so does a content that goes back to what
/// is live meanwhile.
extension Store {
    static let objectLeases = Leases<String>(in: "object_leases", "object_key", of: "objects", "key")

    /// Whether a row of `objects` was claimed, and the claim has not ended since, whoever holds it and whether its time is over.
    static let isOnItsWay: SQLStatement = "EXISTS (SELECT 1 FROM object_leases WHERE object_key = objects.key)"

    /// What is live of a row of `objects`, as far as anybody can tell.
    package static let live: SQLStatement =
        "CASE WHEN \(Self.isOnItsWay) THEN \(.noBytes) ELSE deployed_hash END AS live"

    /// Claims up to `limit` dirty objects of one kind; their bytes are asked for apart, outside of this transaction.
    ///
    /// An object stays live until it is stamped, unless it is to be deleted: from here on nothing may name it.
    ///
    /// - Parameters:
    ///   - bucket: Where they go, as it was noted; see ``noteBucket(_:insteadOf:)``.
    ///   - paths: Only these, where given.
    ///   - places: Where the run's claims ended, see there.
    ///   - restMilliseconds: How long an object is left alone after it was last sent; see ``rest(kind:milliseconds:paths:)``.
    /// - Throws: ``StoreError/bucketMoved(to:)`` where they go somewhere else by now.
    package func claimDirty(
        kind: ObjectKind,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        bucket: String? = nil,
        paths: [String]? = nil,
        places: ClaimPlaces? = nil,
        restMilliseconds: Int64 = 0
    ) async throws -> [ClaimedDocument] {
        let rested: SQLStatement = restMilliseconds > 0 ? "AND NOT \(Self.isResting(restMilliseconds))" : ""
        let restriction: SQLStatement = paths.map { "AND key \(anyOf: $0)" } ?? ""
        let condition: SQLStatement = "\(Self.isClaimable(kind: kind)) \(rested) \(restriction)"
        let place = places?[kind.rawValue]
        if place?.isFull != true {
            guard try await self.isAny(condition, from: place) else { return [] }
        }
        let (claimed, last) = try await self.engine.write { session in
            if let bucket { try Self.expect(bucket: bucket, session) }
            try session.readInOrder()
            var last: ClaimPlaces.Place?
            let number = Int64.random(in: 1...Int64.max)
            let claimed = try ClaimPlaces.claim(from: place, limit: limit) { side, limit in
                let rows = try Self.objectLeases.claim(
                    limit: limit,
                    number: number,
                    run: run,
                    milliseconds: leaseMilliseconds,
                    session
                ) { limit in
                    try session.rows(
                        """
                        SELECT key, due_at_ms, deployed_etag, attempts, updated_run, content_hash, content_changed_at_ms,
                            \(Self.lastModified) AS modified,
                            CASE WHEN deployed_at_ms IS NULL THEN 0 ELSE 1 END AS was_published,
                            coalesce((SELECT size FROM blobs WHERE hash = content_hash), 0) AS size
                        FROM objects WHERE \(condition) \(side)
                        ORDER BY due_at_ms, key LIMIT \(Int64(limit)) \(.skipLocked)
                        """
                    )
                }
                last = try ClaimPlaces.Place(lastOf: rows.last, hasKeys: true) ?? last
                return try rows.held.map { try ClaimedDocument(row: $0, claimNumber: number) }
            }
            last?.isFull = claimed.count == limit
            let deleted = claimed.filter { $0.content == nil }.map(\.path)
            if !deleted.isEmpty {
                try session.execute("UPDATE objects SET live_hash = NULL WHERE key \(anyOf: deleted)")
                if kind != .root { try Self.markAnnouncementsStale(session) }
            }
            return (claimed, last)
        }
        places?[kind.rawValue] = last
        return claimed
    }

    /// Whether ``claimDirty(kind:limit:run:leaseMilliseconds:bucket:paths:places:restMilliseconds:)`` would hand out anything.
    package func isAnyClaimable(kind: ObjectKind) async throws -> Bool {
        try await self.isAny(Self.isClaimable(kind: kind), from: nil)
    }

    /// Whether somebody holds an object, until the lease ends.
    package func isHeld(_ key: String) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM objects WHERE key = \(key) AND \(Self.objectLeases.isHeld)").isEmpty
        }
    }

    private func isAny(_ condition: SQLStatement, from place: ClaimPlaces.Place?) async throws -> Bool {
        try await self.engine.read { session in
            try !ClaimPlaces.claim(from: place, limit: 1) { side, _ in
                try session.rows("SELECT 1 FROM objects WHERE \(condition) \(side) LIMIT 1")
            }.isEmpty
        }
    }

    private static func isClaimable(kind: ObjectKind) -> SQLStatement {
        """
        content_hash IS DISTINCT FROM deployed_hash AND kind = \(kind) AND due_at_ms <= \(.now)
            AND NOT \(Self.objectLeases.isHeld)
        """
    }

    /// Whether an object was sent a moment ago; a clock that was set back does not make it wait until then.
    private static func isResting(_ milliseconds: Int64) -> SQLStatement {
        "(sent_at_ms > \(.now) - \(milliseconds) AND sent_at_ms <= \(.now) + \(milliseconds))"
    }

    /// How long to wait for the next dirty object that could be claimed if it had not just been sent; nil when nothing can be.
    ///
    /// What can be claimed by now counts, as 1: its rest may have ended since a claim found nothing.
    ///
    /// A store that dates objects by its own clock does so in whole seconds: a key that is written twice within one
    /// keeps its date, and who asks by that date never gets the second bytes.
    package func rest(kind: ObjectKind, milliseconds: Int64, paths: [String]? = nil) async throws -> Int64? {
        let restriction: SQLStatement = paths.map { "AND key \(anyOf: $0)" } ?? ""
        return try await self.engine.read { session in
            let wait: Int64? = try session.rows(
                """
                SELECT min(CASE WHEN \(Self.isResting(milliseconds)) THEN sent_at_ms - \(.now) + \(milliseconds) ELSE 0 END) AS wait
                FROM objects WHERE \(Self.isClaimable(kind: kind)) \(restriction)
                """
            )[0]["wait"]
            return wait.map { max(1, $0) }
        }
    }

    /// Gives back what a run holds, so that others need not wait for its leases to end.
    ///
    /// - Parameter isSent: Whether some of it may have been sent, its answer not waited for.
    package func returnDocuments(run: RunID, isSent: Bool = false) async throws {
        _ = try await self.engine.write { session in
            // Both are locked, the object first, as whoever changes a lease does.
            let keys: [String] = try session.rows(
                """
                SELECT key FROM objects JOIN object_leases ON object_key = key
                WHERE key IN (SELECT object_key FROM object_leases WHERE run = \(run)) AND run = \(run)
                ORDER BY key \(.lockedRow)
                """
            ).map { try $0["key"] }
            if keys.isEmpty { return }
            try session.execute(
                """
                UPDATE objects SET \(isSent ? "sent_at_ms = \(.now)," : "") deployed_hash = \(.noBytes)
                WHERE key \(anyOf: keys)
                """
            )
            try Self.objectLeases.drop(keys, session)
        }
    }

    /// Whether the run still holds these claims, by path.
    package func stillHeld(_ documents: [ClaimedDocument], run: RunID) async throws -> Set<String> {
        let claims = Dictionary(documents.map { ($0.path, $0.claimNumber) }, uniquingKeysWith: { $1 })
        return try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT object_key, claim FROM object_leases
                WHERE object_key \(anyOf: documents.map(\.path)) AND run = \(run) AND until_ms > \(.now)
                """
            )
            return Set(
                try rows.compactMap { row in
                    let key: String = try row["object_key"]
                    return claims[key] == (try row["claim"]) ? key : nil
                }
            )
        }
    }
}

extension ClaimedDocument {
    fileprivate init(row: SQLRow, claimNumber: Int64) throws {
        self.init(
            path: try row["key"],
            content: try row["content_hash"],
            size: try row["size"],
            changedAtMilliseconds: try row["content_changed_at_ms"],
            lastModifiedSeconds: try row["modified"],
            deployedETag: try row["deployed_etag"],
            wasPublished: try row["was_published"],
            claimNumber: claimNumber,
            attempts: try row["attempts"],
            updatedRun: try row["updated_run"]
        )
    }
}
