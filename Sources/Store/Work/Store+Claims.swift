import Composer
package import Facts

/// Leases on packages: who may work on which, and for how long.
extension Store {
    private static let claimColumns: SQLStatement = """
        id, source, key, name, state, due_at_ms, changed_revision, mark, changed_at_ms, settled_revision, payload_hash,
        derived_key, looks, attempts, discovered_run, closed_date, closed_reason, closed_permanent, format, doubts, is_suspect, is_confirmed, archives_revision,
        CASE WHEN unneeded_since_ms <= \(.now) - \(Self.unneededMilliseconds) THEN 1 ELSE 0 END AS is_unneeded
        """

    /// Claims up to `limit` packages of a source that are due, longest waiting first.
    ///
    /// No two runs hold the same package at once. A run that dies loses its claims when the lease ends;
    /// nothing else has to notice.
    ///
    /// - Parameters:
    ///   - ids: Only these, where given.
    ///   - places: Where the run's claims ended, see there.
    ///   - naming: The rule by which they have to be called, where given; see ``rename(source:rule:run:pageSize:name:)``.
    ///   - loadsArchives: Whether the claims have the archives that documents may name.
    ///   - advisoryFeeds: Those whose advisories the claims have, in their order.
    package func claimDue(
        source: SourceName,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        ids: [Int64]? = nil,
        places: ClaimPlaces? = nil,
        naming: String? = nil,
        loadsArchives: Bool = false,
        advisoryFeeds: [SourceName] = []
    ) async throws -> [ClaimedPackage] {
        let (claims, last) = try await self.claim(
            "due_at_ms <= \(.now) \(Self.free(source, ids, naming))",
            orderedBy: "due_at_ms",
            from: places?[source.rawValue],
            limit: limit,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            loadsPayload: false,
            loadsArchives: loadsArchives,
            advisoryFeeds: advisoryFeeds
        )
        places?[source.rawValue] = last
        return claims
    }

    /// Claims packages of a source whose documents were derived under older settings than `format`, with their payloads.
    package func claimOutdated(
        source: SourceName,
        format: Int64,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        ids: [Int64]? = nil,
        naming: String? = nil,
        loadsArchives: Bool = false,
        advisoryFeeds: [SourceName] = []
    ) async throws -> [ClaimedPackage] {
        try await self.claim(
            "\(Self.isDerived) AND format < \(format) \(Self.free(source, ids, naming))",
            orderedBy: "format",
            limit: limit,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            loadsPayload: true,
            loadsArchives: loadsArchives,
            advisoryFeeds: advisoryFeeds
        ).claims
    }

    /// A closed package has documents where nothing of it is stored; as in the index of them.
    static let isDerived: SQLStatement = "(payload_hash IS NOT NULL OR state = 'closed' AND derived_key IS NOT NULL)"

    /// Claims packages of a source whose documents are to be derived again because of what is live of their archives, or
    /// known of advisories, with their payloads and both.
    package func claimDerivable(
        source: SourceName,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        ids: [Int64]? = nil,
        naming: String? = nil,
        advisoryFeeds: [SourceName] = []
    ) async throws -> [ClaimedPackage] {
        try await self.claim(
            "\(Self.isDerivable) \(Self.free(source, ids, naming))",
            orderedBy: "derive_at_ms",
            limit: limit,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            loadsPayload: true,
            loadsArchives: true,
            advisoryFeeds: advisoryFeeds
        ).claims
    }

    /// What was closed before it was ever seen has no payload, and may have advisories.
    private static let isDerivable: SQLStatement =
        "derive_at_ms <= \(.now) AND (payload_hash IS NOT NULL OR state = 'closed')"

    /// How many packages ``claimDerivable(source:limit:run:leaseMilliseconds:ids:naming:)`` would hand out.
    package func derivableCount(source: SourceName) async throws -> Int {
        try await self.engine.read { session in
            try session.rows(
                "SELECT count(*) AS total FROM packages WHERE \(Self.isDerivable) \(Self.free(source, nil, nil))"
            )[0]["total"]
        }
    }

    /// Packages of a source that nobody holds, and that are called by the rule of who claims them.
    private static func free(_ source: SourceName, _ ids: [Int64]?, _ naming: String?) -> SQLStatement {
        let restriction: SQLStatement = ids.map { "AND id \(anyOf: $0)" } ?? ""
        let named: SQLStatement = naming.map { "AND (SELECT naming FROM sources WHERE name = \(source)) = \($0)" } ?? ""
        return "AND source = \(source) AND NOT \(Self.packageLeases.isHeld) \(restriction) \(named)"
    }

    private func claim(
        _ condition: SQLStatement,
        orderedBy order: SQLStatement,
        from place: ClaimPlaces.Place? = nil,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        loadsPayload: Bool,
        loadsArchives: Bool,
        advisoryFeeds: [SourceName]
    ) async throws -> (claims: [ClaimedPackage], last: ClaimPlaces.Place?) {
        // A look first: where nothing is due, no lock is taken and nothing written.
        if place?.isFull != true {
            let isAny = try await self.engine.read { session in
                try !ClaimPlaces.claim(from: place, limit: 1) { side, _ in
                    try session.rows("SELECT 1 FROM packages WHERE \(condition) \(side) LIMIT 1")
                }.isEmpty
            }
            guard isAny else { return ([], nil) }
        }
        return try await self.engine.write { session in
            try session.readInOrder()
            var last: ClaimPlaces.Place?
            let number = Int64.random(in: 1...Int64.max)
            var claims = try ClaimPlaces.claim(from: place, limit: limit) { side, limit in
                let rows = try Self.packageLeases.claim(
                    limit: limit,
                    number: number,
                    run: run,
                    milliseconds: leaseMilliseconds,
                    session
                ) { limit in
                    try session.rows(
                        """
                        SELECT \(Self.claimColumns) FROM packages WHERE \(condition) \(side)
                        ORDER BY \(order) LIMIT \(Int64(limit)) \(.skipLocked)
                        """
                    )
                }
                last = try ClaimPlaces.Place(lastOf: rows.last, hasKeys: false) ?? last
                return try rows.held.map { try ClaimedPackage(row: $0, claimNumber: number) }
            }
            last?.isFull = claims.count == limit
            try Self.loadFacts(into: &claims, session)
            try Self.loadParts(into: &claims, session)
            if loadsArchives { try Self.loadArchives(into: &claims, session) }
            try Self.loadAdvisories(of: advisoryFeeds, into: &claims, session)
            if loadsPayload {
                let payloads = try Self.payloads(of: claims, session)
                for index in claims.indices { claims[index].payload = payloads[claims[index].id] }
            }
            return (claims.sorted { $0.id < $1.id }, last)
        }
    }

    private static func loadFacts(into claims: inout [ClaimedPackage], _ session: any SQLSession) throws {
        let logs = try self.logs(of: claims.map(\.id), session)
        for index in claims.indices {
            guard let log = logs[claims[index].id] else { continue }
            (claims[index].facts, claims[index].removedPaths) = log.newest
            guard claims[index].changedRevision > claims[index].settledRevision else { continue }
            let imported = log.imported(at: claims[index].settledRevision)
            (claims[index].importedFacts, claims[index].importedRemovals) = (imported.present, Set(imported.gone.keys))
        }
    }
}

extension ClaimedPackage {
    fileprivate init(row: SQLRow, claimNumber: Int64) throws {
        let state: PackageState = try row["state"]
        let closure = Closure(
            date: try row["closed_date"],
            reason: try row["closed_reason"],
            isPermanent: try row["closed_permanent"]
        )
        self.init(
            id: try row["id"],
            source: try row["source"],
            key: try row["key"],
            name: try row["name"],
            state: state,
            changedRevision: try row["changed_revision"],
            changedAtMilliseconds: try row["changed_at_ms"],
            mark: try row["mark"],
            settledRevision: try row["settled_revision"],
            payloadHash: try row["payload_hash"],
            derivedKey: try row["derived_key"],
            looks: try row["looks"],
            doubts: try row["doubts"],
            attempts: try row["attempts"],
            isSuspect: try row["is_suspect"],
            isConfirmed: try row["is_confirmed"],
            discoveredRun: try row["discovered_run"],
            claimNumber: claimNumber,
            closure: state == .closed ? closure : nil,
            format: try row["format"],
            facts: [:],
            importedFacts: [:],
            importedRemovals: [],
            removedPaths: [:]
        )
        self.isUnneeded = try row["is_unneeded"]
        self.archivesRevision = try row["archives_revision"]
    }
}
