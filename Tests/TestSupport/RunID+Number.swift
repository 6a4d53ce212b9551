package import Facts

/// Runs of which there is no row.
extension RunID: ExpressibleByIntegerLiteral {
    package init(integerLiteral number: Int64) { self.init(number) }
}

extension RunID {
    /// One that began later.
    package static func + (run: Self, count: Int64) -> Self { Self(run.rawValue + count) }
}
