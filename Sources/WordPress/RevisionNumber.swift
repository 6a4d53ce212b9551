/// Numbers of revisions, which come from outside.
enum RevisionNumber {
    /// More than any repository will ever have.
    static let max: Int64 = 1_000_000_000_000_000

    /// - Returns: nil when `number` is none, or can be none.
    static func checked(_ number: Int64?) -> Int64? { number.flatMap { $0 <= Self.max ? $0 : nil } }
}

extension Int64 {
    /// The number after this one; the last one stays what it is.
    package var nextRevision: Int64 { self < .max ? self + 1 : self }
}
