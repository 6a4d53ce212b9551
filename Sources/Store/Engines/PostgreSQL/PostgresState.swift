import Synchronization

/// What a PostgreSQL database contains: where two are equal, nothing was committed in between, by anybody.
///
/// The database tells its present snapshot (`pg_current_snapshot()`: the oldest transaction under way, the first one that
/// has not begun, and those under way between them). What was read under a snapshot with the same text is what would be read
/// now. A transaction that was seen by neither and is seen later had a number before it committed: either one below the
/// snapshot's end, so that it was in the list of those under way, and is not in it any more; or one above it, and then the
/// end is behind it now. Numbers of subtransactions are not listed, but become visible with their parent's, which is always
/// numbered first. What rolls back changes the text in the same way, and costs nothing but a reading.
///
/// Three things that this does not hold for are in the text beside the snapshot, or make it NULL, or begin another age: on a
/// hot standby the list is always empty; after a failover another server may give the same numbers again
/// (`pg_postmaster_start_time()`), and after a crash the same one. See ``Age``.
package struct PostgresState: Equatable, Sendable {
    private let snapshot: String
    private let age: Age

    /// A time in which no number was given twice.
    ///
    /// A crash ends all server processes. So where one that tells its state was there before something was read, and is
    /// there still, there was no crash in between. Where another one answers, a new age begins, and what was read before
    /// is of none that counts. Behind PgBouncer each statement may go to another process: then nothing that is older is
    /// believed.
    typealias Age = Int

    /// What a statement, by itself a transaction, selects as `state`: of the same snapshot as all the rest that it reads.
    static let expression: SQLStatement = """
        CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text END
        """
    /// The same beside others, where it is to be asked once and not for each row.
    static let column: SQLStatement = "(SELECT \(PostgresState.expression)) AS state"

    /// - Parameter age: The present one before the statement was sent that has this row.
    /// - Returns: nil where it can't be told.
    init?(row: SQLRow, age: Age) throws {
        guard let snapshot: String = try row["state"] else { return nil }
        (self.snapshot, self.age) = (snapshot, age)
    }
}

/// Which ``PostgresState/Age`` it is, for all who ask one database.
final class PostgresAge: Sendable {
    private let number = Atomic(0)

    var present: PostgresState.Age { self.number.load(ordering: .sequentiallyConsistent) }

    func end() { self.number.add(1, ordering: .sequentiallyConsistent) }
}
