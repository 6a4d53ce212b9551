import Synchronization

/// Where the claims of a run ended, so that its next ones go on from there.
///
/// PostgreSQL keeps in an index what was claimed and written until a vacuum: whoever begins at the front passes over all
/// that the run has done so far, batch after batch. Only a hint: a claim that finds less than it wants takes what is before
/// the place as well.
package final class ClaimPlaces: Sendable {
    /// The last that was claimed in the order of `due_at_ms` and, of objects, `key`.
    struct Place: Sendable {
        var due: Int64
        var key: String?
        /// Whether as many were claimed there as were wanted: then there is more as a rule.
        var isFull = false

        /// - Returns: Nil where there are no rows, or none that is due at any time.
        init?(lastOf rows: [SQLRow], hasKeys: Bool) throws {
            var last: (due: Int64, key: String)?
            for row in rows {
                guard let due = try row["due_at_ms"] as Int64? else { continue }
                let place = (due: due, key: hasKeys ? try row["key"] as String : "")
                if last.map({ place > $0 }) ?? true { last = place }
            }
            guard let last else { return nil }
            (self.due, self.key) = (last.due, hasKeys ? last.key : nil)
        }

        /// Packages that are due at the same time may be on both sides of it: all of them are after it.
        fileprivate var isAfter: SQLStatement {
            self.key.map { "AND (due_at_ms, key) > (\(self.due), \($0))" } ?? "AND due_at_ms >= \(self.due)"
        }

        /// All that is not after it, so that nothing is claimed twice.
        fileprivate var isBefore: SQLStatement {
            self.key.map { "AND (due_at_ms, key) <= (\(self.due), \($0))" } ?? "AND due_at_ms < \(self.due)"
        }
    }

    private let places = Mutex<[String: Place]>([:])

    package init() {}

    /// - Parameter queue: What is claimed in one order: the packages of a source, or the objects of a kind.
    subscript(queue: String) -> Place? {
        get { self.places.withLock { $0[queue] } }
        set { self.places.withLock { $0[queue] = newValue } }
    }

    /// Up to `limit` of what is after a place and, where that is not enough, of what is before it.
    ///
    /// - Parameter claim: Claims as many under a condition more.
    static func claim<Claimed>(
        from place: Place?,
        limit: Int,
        _ claim: (SQLStatement, Int) throws -> [Claimed]
    ) throws -> [Claimed] {
        guard let place else { return try claim("", limit) }
        let next = try claim(place.isAfter, limit)
        return next.count == limit ? next : next + (try claim(place.isBefore, limit - next.count))
    }
}
