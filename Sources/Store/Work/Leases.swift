import Facts

/// What a row that can be held is named by.
protocol LeasedKey: Hashable, Sendable, SQLReadable {
    /// What follows a column that is one of these.
    static func isAny(of keys: [Self]) -> SQLStatement
}

extension Int64: LeasedKey {
    static func isAny(of keys: [Int64]) -> SQLStatement { "\(anyOf: keys)" }
}

extension String: LeasedKey {
    static func isAny(of keys: [String]) -> SQLStatement { "\(anyOf: keys)" }
}

/// Who holds which row of a table, in a small table of its own.
///
/// A claim writes no row of the table itself, which is wide and in many indexes: PostgreSQL would write it anew, and an entry
/// into each of its indexes, and SQLite a page for each row.
///
/// Whoever changes a lease has locked the row before, so that no two wait for each other; a run that renews its own waits for
/// nobody's row.
struct Leases<Key: LeasedKey>: Sendable {
    /// The table of leases, and its column that names what is held.
    let table, key: SQLStatement
    /// The table of what is held, and the column that a lease names it by.
    let held, heldKey: SQLStatement
    private let column: String

    init(in table: StaticString, _ key: StaticString, of held: StaticString, _ heldKey: StaticString) {
        self.table = SQLStatement(stringLiteral: table)
        self.key = SQLStatement(stringLiteral: key)
        self.held = SQLStatement(stringLiteral: held)
        self.heldKey = SQLStatement(stringLiteral: heldKey)
        self.column = "\(heldKey)"
    }

    /// Whether somebody holds a row of the table of what is held.
    var isHeld: SQLStatement {
        "EXISTS (SELECT 1 FROM \(self.table) WHERE \(self.key) = \(self.held).\(self.heldKey) AND until_ms > \(.now))"
    }

    /// Claims up to `limit` rows, and looks again where others have claimed some since they were looked for.
    ///
    /// - Parameters:
    ///   - number: Names the claim: what is written of a row names it, so that a worker whose lease has passed on can't write.
    ///   - look: Up to as many rows that nobody holds, which it locks.
    /// - Returns: Those that are held now, and all that the last look found.
    func claim(
        limit: Int,
        number: Int64,
        run: RunID,
        milliseconds: Int64,
        _ session: any SQLSession,
        look: (Int) throws -> [SQLRow]
    ) throws -> (held: [SQLRow], last: [SQLRow]) {
        var (held, last): ([SQLRow], [SQLRow]) = ([], [])
        while true {
            let rows = try look(limit - held.count)
            if rows.isEmpty { return (held, last) }
            let keys: [Key] = try rows.map { try $0[self.column] }
            let taken = try self.take(keys, number: number, run: run, milliseconds: milliseconds, session)
            held += zip(rows, keys).filter { taken.contains($0.1) }.map(\.0)
            last = rows
            if taken.count == keys.count { return (held, last) }
        }
    }

    /// Takes the leases of rows that are locked.
    ///
    /// - Returns: Those that nobody had taken since they were looked for: who only locks a row does not change it, and
    ///   PostgreSQL does not look at it again.
    private func take(
        _ keys: [Key],
        number: Int64,
        run: RunID,
        milliseconds: Int64,
        _ session: any SQLSession
    ) throws -> Set<Key> {
        let rows = try session.rows(
            """
            INSERT INTO \(self.table) (\(self.key), claim, run, until_ms)
            SELECT \(self.heldKey), \(number), \(run), \(.now) + \(milliseconds) FROM \(self.held)
            WHERE \(self.heldKey) \(Key.isAny(of: keys))
            ON CONFLICT (\(self.key)) DO UPDATE
                SET claim = excluded.claim, run = excluded.run, until_ms = excluded.until_ms
                WHERE \(self.table).until_ms <= \(.now)
            RETURNING \(self.key) AS taken
            """
        )
        return Set(try rows.map { try $0["taken"] as Key })
    }

    /// Ends the leases of claims, and keeps their rows as they are until the transaction ends.
    ///
    /// - Parameter claims: The number of the claim of each row.
    /// - Returns: The rows that were held until now. What nobody else has claimed meanwhile is held beyond its time.
    func end(_ claims: [Key: Int64], _ session: any SQLSession) throws -> Set<Key> {
        if claims.isEmpty { return [] }
        // Both rows are locked: who has waited for what is held reads the lease as it is by now.
        let rows = try session.rows(
            """
            SELECT \(self.key) AS leased, claim FROM \(self.held) JOIN \(self.table) ON \(self.key) = \(self.heldKey)
            WHERE \(self.heldKey) \(Key.isAny(of: Array(claims.keys))) ORDER BY \(self.heldKey) \(.lockedRow)
            """
        )
        let held = try rows.compactMap { row -> Key? in
            let key: Key = try row["leased"]
            return claims[key] == (try row["claim"]) ? key : nil
        }
        try self.drop(held, session)
        return Set(held)
    }

    /// Takes leases away from whoever has them: what they write of these rows is dropped.
    func drop(_ keys: [Key], _ session: any SQLSession) throws {
        if keys.isEmpty { return }
        try session.execute("DELETE FROM \(self.table) WHERE \(self.key) \(Key.isAny(of: keys))")
    }

    /// What is locked is being written: it needs no longer lease.
    func renew(run: RunID, milliseconds: Int64, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE \(self.table) SET until_ms = \(.now) + \(milliseconds)
            WHERE \(self.key) IN (
                SELECT \(self.key) FROM \(self.table) WHERE run = \(run) AND until_ms > \(.now) \(.skipLocked)
            )
            """
        )
    }
}
