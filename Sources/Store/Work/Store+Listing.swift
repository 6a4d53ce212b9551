package import Facts

/// Comparing with a listing.
extension Store {
    /// Records a complete listing: new keys are inserted, vanished ones become due.
    ///
    /// What is stored is read in order, a page at a time, and compared with that stretch of the listing; what differs is
    /// written, each page in a transaction of its own. A run that is killed in between has done part of it, and the next
    /// one compares again, because only the end is noted as a reconcile.
    ///
    /// - Parameters:
    ///   - listing: Sorted.
    ///   - isTracked: Whether the source is tracked for a key; others are none of the listing's business.
    ///   - isWanted: Whether a key of the listing that the database lacks is inserted.
    ///   - rule: Names packages that are new.
    /// - Returns: How many keys the database lacked, how many of its keys the listing lacks, and how many new packages
    ///   have no name, because another one of the source has it.
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func reconcile(
        with listing: KeyList,
        as summary: ListingSummary,
        source: SourceName,
        run: RunID,
        leaseMilliseconds: Int64,
        pageSize: Int = 5_000,
        isTracked: @escaping @Sendable (String) -> Bool = { _ in true },
        isWanted: @escaping @Sendable (String) -> Bool = { _ in true },
        rule: NameRule? = nil
    ) async throws -> (appeared: Int, vanished: Int, colliding: Int) {
        var (appeared, vanished, colliding, next) = (0, 0, 0, 0)
        var (last, isLastPage): (String?, Bool) = (nil, false)
        while !isLastPage {
            let stored = try await self.keys(of: source, after: last, limit: pageSize)
            isLastPage = stored.count < pageSize
            last = stored.last?.key
            var missing: [String] = []
            var gone: [String] = []
            /// Up to `key`, or what one transaction takes with ease.
            func takeListed(before key: String?) -> Bool {
                while next < listing.count, key.map({ listing.precedes($0, at: next) }) ?? true {
                    let new = listing[next]
                    if isWanted(new) { missing.append(new) }
                    next += 1
                    if missing.count == pageSize { return false }
                }
                return true
            }
            func write() async throws {
                if missing.isEmpty, gone.isEmpty { return }
                colliding += try await self.record(missing, gone, source, run, leaseMilliseconds, rule)
                (appeared, vanished) = (appeared + missing.count, vanished + gone.count)
                (missing, gone) = ([], [])
            }
            for (key, isMissing) in stored {
                while !takeListed(before: key) { try await write() }
                if next < listing.count, listing.equals(key, at: next) {
                    next += 1
                } else if !isMissing, isTracked(key) {
                    // What is known to be missing needs no second look.
                    gone.append(key)
                }
            }
            while isLastPage, !takeListed(before: nil) { try await write() }
            try await write()
        }
        try await self.engine.write { session in
            try Self.update(
                source: source,
                heldBy: run,
                set: """
                    reconciled_at_ms = \(.now), wants_listing = 0, listing_count = \(summary.count), listing_etag = \(.text(summary.etag)),
                    listing_scope = \(.text(summary.scope)),
                    backfill_from = coalesce(backfill_from, \(.text(summary.backfillFrom?.text)))
                    """,
                session
            )
        }
        return (appeared, vanished, colliding)
    }

    /// Records that the listing is what it was; only the time of the reconcile changes.
    package func recordUnchangedListing(source: SourceName, run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE sources SET reconciled_at_ms = \(.now), wants_listing = 0
                WHERE name = \(source) AND lease_run = \(run)
                """
            )
        }
    }

    /// How many packages a source has, as far as is known.
    package func packageCount(of source: SourceName) async throws -> Int {
        try await self.engine.read { session in
            let row = try session.rows(
                "SELECT count(*) AS count FROM packages WHERE source = \(source) AND state <> \(PackageState.missing.rawValue)"
            )[0]
            return try row["count"]
        }
    }

    /// A page of a source's keys in order, with whether each is known to be no package (any more).
    package func keys(
        of source: SourceName,
        after last: String? = nil,
        limit: Int
    ) async throws -> [(key: String, isMissing: Bool)] {
        try await self.engine.read { session in
            try session.readInOrder()
            return try session.rows(
                """
                SELECT key, state FROM packages WHERE source = \(source) AND key > \(last ?? "")
                ORDER BY key LIMIT \(Int64(limit))
                """
            ).map { row in
                let state: PackageState = try row["state"]
                return (try row["key"], state == .missing)
            }
        }
    }

    private func record(
        _ appeared: [String],
        _ vanished: [String],
        _ source: SourceName,
        _ run: RunID,
        _ leaseMilliseconds: Int64,
        _ rule: NameRule?
    ) async throws -> Int {
        try await self.engine.write { session in
            try Self.update(
                source: source,
                heldBy: run,
                set: "lease_until_ms = \(.now) + \(leaseMilliseconds), naming = \(Self.naming(by: rule))",
                session
            )
            // The index of names says which are taken, so that they need not be looked up first.
            func insert(_ keys: [String], _ rule: NameRule?) throws -> [Int] {
                try session.execute(
                    """
                    INSERT INTO packages (source, key, name, due_at_ms, discovered_run)
                    \(row: "\(named: "source"), \(named: "key"), \(named: "name"), \(.now), \(named: "run")")
                    ON CONFLICT DO NOTHING
                    """,
                    eachOf: keys.lazy.map {
                        [
                            "source": .text(source), "key": .text($0), "name": .text(rule?.name($0)),
                            "run": .run(run),
                        ]
                    }
                )
            }
            let inserted = try insert(appeared, rule)
            let unnamed = zip(appeared, inserted).filter { $0.1 == 0 }.map(\.0)
            let colliding = try insert(unnamed, nil).reduce(0, +)
            try session.execute(
                """
                UPDATE packages SET due_at_ms = \(.now), looks = 0, discovered_run = \(named: "run") \(.ofBatch)
                WHERE source = \(named: "source") AND key = \(named: "key")
                    AND (due_at_ms > \(.now) OR due_at_ms IS NULL)
                """,
                eachOf: vanished.lazy.map { ["source": .text(source), "key": .text($0), "run": .run(run)] }
            )
            return colliding
        }
    }
}
