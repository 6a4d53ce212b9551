package import Facts

/// Which packages of a source are wanted, where what they require is followed.
package struct RequirementRule: Sendable {
    /// Whether a package is wanted for its own sake.
    package var isSelected: @Sendable (String) -> Bool
    /// How many are taken in at most for the sake of others; nil where requirements are not followed (any more).
    package var limit: Int?
    package var naming: Store.NameRule

    package init(
        limit: Int?,
        naming: Store.NameRule,
        isSelected: @escaping @Sendable (String) -> Bool
    ) {
        (self.limit, self.naming, self.isSelected) = (limit, naming, isSelected)
    }
}

/// What following requirements came to.
package struct RequirementTally: Sendable, Equatable {
    /// Packages that were taken in.
    package var added = 0
    /// Those that were not, because there would have been too many.
    package var refused = 0
    /// Packages that nothing needs since now.
    package var unneeded = 0
    /// Those that nothing has needed for so long that they go.
    package var leaving = 0

    package init() {}
}

/// Packages are taken in because others require them, as that becomes known.
extension Store {
    /// How long a package stays that nothing needs any more: seven days.
    static let unneededMilliseconds: Int64 = 7 * 86_400_000

    /// Which keys are of packages that the source has and has not let go.
    package func knownKeys(of source: SourceName, among keys: [String]) async throws -> Set<String> {
        guard !keys.isEmpty else { return [] }
        return try await self.engine.read { session in
            Set(
                try session.rows(
                    """
                    SELECT key FROM packages
                    WHERE source = \(source) AND key \(anyOf: keys)
                        AND NOT (state = 'missing' AND unneeded_since_ms IS NOT NULL)
                    """
                ).map { try $0["key"] }
            )
        }
    }

    /// Whoever counts what a source has taken in waits here, before anything is written, for who did before.
    static func waitForTurn(_ source: SourceName, _ session: any SQLSession) throws {
        _ = try session.rows("SELECT 1 FROM sources WHERE name = \(source) \(.lockedRow)")
    }

    /// Keeps what packages require, and takes in those of them that are new.
    static func write(
        requirementsOf results: [PackageResult],
        _ rule: RequirementRule,
        run: RunID,
        _ session: any SQLSession
    ) throws -> RequirementTally {
        let told = results.compactMap { result in result.requires.map { (id: result.claim.id, keys: Set($0)) } }
        guard let source = results.first?.claim.source, !told.isEmpty else { return RequirementTally() }
        var known: [Int64: Set<String>] = [:]
        let rows = try session.rows(
            "SELECT package_id, key FROM requirements WHERE package_id \(anyOf: told.map(\.id))"
        )
        for row in rows { known[try row["package_id"], default: []].insert(try row["key"]) }
        func parameters(_ keys: Set<String>, _ id: Int64) -> [SQLParameters] {
            keys.sorted().map { ["id": .integer(id), "key": .text($0)] }
        }
        try session.execute(
            "DELETE FROM requirements WHERE package_id = \(named: "id") AND key = \(named: "key")",
            each: told.flatMap { parameters((known[$0.id] ?? []).subtracting($0.keys), $0.id) }
        )
        let new = told.map { (id: $0.id, keys: $0.keys.subtracting(known[$0.id] ?? [])) }
        try session.execute(
            """
            INSERT INTO requirements (package_id, key) \(row: "\(named: "id"), \(named: "key")")
            ON CONFLICT DO NOTHING
            """,
            each: new.flatMap { parameters($0.keys, $0.id) }
        )
        let keys = Set(new.flatMap(\.keys)).sorted()
        try Self.needAgain(keys, source, session)
        return try Self.takeIn(keys, source, rule, run: run, session)
    }

    /// What was not needed is, and with it all that it requires.
    static func needAgain(_ keys: [String], _ source: SourceName, _ session: any SQLSession) throws {
        var keys = keys
        // Ends, because each step is about packages that the step before has not seen.
        while !keys.isEmpty {
            let ids: [Int64] = try session.rows(
                """
                UPDATE packages SET \(Self.neededAgain)
                WHERE source = \(source) AND key \(anyOf: keys) AND unneeded_since_ms IS NOT NULL RETURNING id
                """
            ).map { try $0["id"] }
            if ids.isEmpty { return }
            try Self.packageLeases.drop(ids, session)
            keys = try session.rows("SELECT DISTINCT key FROM requirements WHERE package_id \(anyOf: ids)")
                .map { try $0["key"] }
        }
    }

    /// Whoever is at work on such a package may be about to let it go: its lease is to be taken away.
    static let neededAgain: SQLStatement = """
        unneeded_since_ms = NULL,
        due_at_ms = CASE WHEN state = 'missing' THEN \(.now) ELSE due_at_ms END
        """

    /// Inserts what the source lacks, due at once and as far as there is room.
    ///
    /// What can have no name here, and what another source owns, is not asked for.
    static func takeIn(
        _ keys: [String],
        _ source: SourceName,
        _ rule: RequirementRule,
        run: RunID,
        _ session: any SQLSession
    ) throws -> RequirementTally {
        var tally = RequirementTally()
        guard let limit = rule.limit, !keys.isEmpty else { return tally }
        let known = Set<String>(
            try session.rows("SELECT key FROM packages WHERE source = \(source) AND key \(anyOf: keys)")
                .map { try $0["key"] }
        )
        let missing = keys.filter { !known.contains($0) && rule.naming.name($0) != nil }
        guard !missing.isEmpty else { return tally }
        let required: Int = try session.rows(
            """
            SELECT count(*) AS count FROM packages
            WHERE source = \(source) AND is_required = 1 AND unneeded_since_ms IS NULL
            """
        )[0]["count"]
        var room = max(0, limit - required)
        var taken: [SQLParameters] = []
        for key in missing {
            let isSelected = rule.isSelected(key)
            guard isSelected || room > 0 else {
                tally.refused += 1
                continue
            }
            if !isSelected { room -= 1 }
            taken.append([
                "source": .text(source), "key": .text(key), "name": .text(rule.naming.name(key)), "run": .run(run),
                "is_required": .integer(isSelected ? 0 : 1),
            ])
        }
        guard !taken.isEmpty else { return tally }
        try session.execute("UPDATE sources SET naming = \(Self.naming(by: rule.naming)) WHERE name = \(source)")
        tally.added = try session.execute(
            """
            INSERT INTO packages (source, key, name, due_at_ms, discovered_run, is_required)
            VALUES (\(named: "source"), \(named: "key"), \(Self.freeName), \(.now), \(named: "run"),
                \(named: "is_required"))
            ON CONFLICT DO NOTHING
            """,
            each: taken
        ).reduce(0, +)
        return tally
    }
}
