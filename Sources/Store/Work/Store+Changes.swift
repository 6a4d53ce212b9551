package import Facts

/// What `discover` records of changes.
extension Store {
    /// What a stretch of changes does to the source itself.
    package enum Progress: Sendable, Equatable {
        /// The cursor moves to a position that the stretch has reached. `logFrom` is where the changes began, and is
        /// kept where the source has an earlier one.
        case cursor(Position, dateMilliseconds: Int64?, logFrom: Position)
        /// An older stretch was taken in up to `cursor`; `isComplete` when it has met the newer ones.
        case backfill(from: Position, cursor: Position, isComplete: Bool)
    }

    /// Records one stretch of changes: packages become due, facts are kept, the source moves on.
    ///
    /// All or nothing. Of packages and facts, a stretch that is applied twice, or an older one after a newer one, leaves
    /// what the newer one said; that the cursor only moves forward is up to whoever holds the source.
    ///
    /// - Parameters:
    ///   - wantsListing: Whether something was passed over of which only a listing tells, until one was compared.
    ///   - rule: Names packages that are new; a name that another package of the source has is not given again.
    /// - Returns: The number of packages that became due by it.
    /// - Throws: ``StoreError/leaseLost(source:)`` when the run no longer holds the source; nothing is written.
    package func recordLog(
        _ packages: [PackageRecord],
        source: SourceName,
        progress: Progress,
        wantsListing: Bool = false,
        run: RunID,
        leaseMilliseconds: Int64,
        rule: NameRule? = nil
    ) async throws -> Int {
        try await self.engine.write { session in
            let change: SQLStatement =
                switch progress {
                case .cursor(let cursor, let date, let logFrom):
                    """
                    cursor = \(cursor.text), cursor_at_ms = coalesce(\(.integer(date)), cursor_at_ms),
                    log_from = coalesce(log_from, \(logFrom.text))
                    """
                case .backfill(let from, _, isComplete: true):
                    "backfill_from = NULL, backfill_cursor = NULL, log_from = \(from.text)"
                case .backfill(let from, let cursor, isComplete: false):
                    "backfill_from = \(from.text), backfill_cursor = \(cursor.text)"
                }
            try Self.update(
                source: source,
                heldBy: run,
                set: """
                    \(change), wants_listing = CASE WHEN \(wantsListing ? 1 : 0) = 1 THEN 1 ELSE wants_listing END,
                    lease_until_ms = \(.now) + \(leaseMilliseconds), naming = \(Self.naming(by: rule))
                    """,
                session
            )
            let marked = try Self.markChanged(packages, source: source, run: run, rule: rule, session)
            try Self.recordFacts(packages, source: source, session)
            if case .backfill = progress { try Self.outdate(packages, source: source, session) }
            return marked
        }
    }

    /// The name of a new package, where no other of the source has it.
    static let freeName: SQLStatement = """
        CASE WHEN EXISTS (
            SELECT 1 FROM packages AS named WHERE named.name = \(named: "name") AND named.source = \(named: "source")
        ) THEN NULL ELSE CAST(\(named: "name") AS TEXT) END
        """

    /// A mark that begins with a plus sign adds to one that upstream's answers do not show yet.
    private static let addedMark: SQLStatement = """
        CASE WHEN excluded.mark LIKE '+%' AND packages.mark LIKE '+%' AND length(packages.mark) < 400
                AND packages.changed_revision > packages.settled_revision
            THEN packages.mark || excluded.mark ELSE excluded.mark END
        """

    private static func markChanged(
        _ packages: [PackageRecord],
        source: SourceName,
        run: RunID,
        rule: NameRule?,
        _ session: any SQLSession
    ) throws -> Int {
        try session.execute(
            """
            INSERT INTO packages (source, key, name, changed_revision, mark, changed_at_ms, due_at_ms, discovered_run)
            VALUES (\(named: "source"), \(named: "key"), \(Self.freeName),
                coalesce(CAST(\(named: "revision") AS BIGINT), 1),
                \(named: "mark"), \(named: "changed_at"), \(.now), \(named: "run"))
            ON CONFLICT (source, key) DO UPDATE
                SET changed_revision = coalesce(CAST(\(named: "revision") AS BIGINT), packages.changed_revision + 1),
                    mark = \(Self.addedMark), changed_at_ms = excluded.changed_at_ms,
                    due_at_ms = CASE WHEN packages.due_at_ms < excluded.due_at_ms
                        THEN packages.due_at_ms ELSE excluded.due_at_ms END,
                    looks = 0, discovered_run = excluded.discovered_run
                WHERE packages.changed_revision < \(named: "revision")
                    OR CAST(\(named: "revision") AS BIGINT) IS NULL
                        AND (excluded.mark IS NULL OR packages.mark IS DISTINCT FROM excluded.mark
                            OR packages.state = 'missing')
            """,
            each: packages.map {
                [
                    "source": .text(source), "key": .text($0.key), "name": .text(rule?.name($0.key)),
                    "revision": .integer($0.revision), "mark": .text($0.mark),
                    "changed_at": .integer($0.dateMilliseconds), "run": .run(run),
                ]
            }
        ).reduce(0, +)
    }

    /// Older facts can change documents whose payload is as it was: those are derived again from what is stored.
    private static func outdate(_ packages: [PackageRecord], source: SourceName, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE packages SET format = 0
            WHERE source = \(named: "source") AND key = \(named: "key") AND payload_hash IS NOT NULL AND format > 0
            """,
            each: packages.map { ["source": .text(source), "key": .text($0.key)] }
        )
    }
}
