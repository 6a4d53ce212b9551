import Facts
import Upstream

/// Numbers of revisions, which come from outside.
enum RevisionNumber {
    /// More than any repository will ever have.
    static let max: Int64 = 1_000_000_000_000_000

    /// - Returns: nil when `number` is none, or can be none.
    static func checked(_ number: Int64?) -> Int64? { number.flatMap { $0 <= Self.max ? $0 : nil } }

    /// Positions are revisions that were taken in.
    struct Log: UpstreamLog {
        func number(of position: Position) -> Int64? { Int64(position.text) }
        func position(at number: Int64) -> Position { Position("\(number)") }
    }
}

extension Int64 {
    /// The number after this one; the last one stays what it is.
    var nextRevision: Int64 { self < .max ? self + 1 : self }
}
