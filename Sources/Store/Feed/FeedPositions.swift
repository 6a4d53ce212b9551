import Composer

/// A block of feed positions that one transaction of stamps has reserved.
///
/// Positions are ten-thousandths of a second since 1970, and rise strictly whatever the clock does: a block begins
/// after the last one and not before now. Reserving locks the row of the last position until the transaction ends,
/// so that the next block belongs to a transaction that commits later. Not every position of a block comes into use.
struct FeedPositions {
    /// For each stamp its position if it turns out to be news; nil for deletes and for what the feed never names.
    let ofUpdates: [Int64?]
    /// Packages of which a document was deleted.
    private let deletedFrom: [DocumentName]
    private let firstOfDeletes: Int64
    /// The first of the block; nil where nothing was reserved.
    let first: Int64?

    /// Documents that a delete may announce beside those that were stamped.
    var announcedWithDeletes: [String] { self.deletedFrom.flatMap { [$0.main.path, $0.dev.path] } }

    /// Reserves what `stamps` may need; without any need nothing is written.
    init(for stamps: [Stamp], _ session: any SQLSession) throws {
        let names = stamps.map { DocumentName(path: $0.path) }
        let isUpdate = zip(stamps, names).map { $0.hash != nil && $1 != nil }
        let deleted = Set(zip(stamps, names).compactMap { $0.hash == nil ? $1?.main : nil })
        // In one order for all, so that two writers can't wait for each other.
        self.deletedFrom = deleted.sorted { $0.package < $1.package }
        let updates = isUpdate.count { $0 }
        let count = updates + 2 * self.deletedFrom.count
        guard count > 0 else {
            self.ofUpdates = stamps.map { _ in nil }
            self.firstOfDeletes = 0
            self.first = nil
            return
        }
        let row = try session.rows(
            """
            UPDATE settings
            SET value = CAST(\(.greatest)(CAST(value AS BIGINT), \(.now) * 10 - 1) + \(Int64(count)) AS TEXT)
            WHERE key = 'feed_position' RETURNING CAST(value AS BIGINT) AS last
            """
        ).first
        guard let last: Int64 = try row?["last"] else {
            throw StoreError.unexpectedColumn("settings has no feed_position")
        }
        var next = last - Int64(count) + 1
        self.first = next
        self.ofUpdates = isUpdate.map { isUpdate in
            guard isUpdate else { return nil }
            defer { next += 1 }
            return next
        }
        self.firstOfDeletes = next
    }

    /// Waits for those who stamp, and has the next ones wait until the transaction ends.
    static func lock(_ session: any SQLSession) throws {
        _ = try session.rows("SELECT 1 FROM settings WHERE key = 'feed_position' \(.lockedRow)")
    }

    /// Announces the deletes that are complete.
    ///
    /// That of a package's main document comes last: only when its `~dev` is neither live nor unknown, nor on its way.
    func announceDeletes(_ session: any SQLSession) throws {
        let first = self.firstOfDeletes
        let set: SQLStatement = """
            UPDATE objects
            SET feed_position = \(named: "position"), announced_hash = NULL, announced_at_ms = content_changed_at_ms
            WHERE key = \(named: "key") AND kind = 'document' AND announced_hash IS NOT NULL AND deployed_hash IS NULL
                AND NOT \(Store.isOnItsWay)
            """
        try session.execute(
            set,
            each: self.deletedFrom.enumerated().map {
                ["key": .text($1.dev.path), "position": .integer(first + Int64(2 * $0))] as SQLParameters
            }
        )
        try session.execute(
            """
            \(set) AND NOT EXISTS (
                SELECT 1 FROM objects AS dev WHERE dev.key = \(named: "dev") AND dev.deployed_hash IS NOT NULL
            ) AND NOT EXISTS (SELECT 1 FROM object_leases WHERE object_key = \(named: "dev"))
            """,
            each: self.deletedFrom.enumerated().map {
                [
                    "key": .text($1.main.path), "position": .integer(first + Int64(2 * $0) + 1),
                    "dev": .text($1.dev.path),
                ] as SQLParameters
            }
        )
    }
}
