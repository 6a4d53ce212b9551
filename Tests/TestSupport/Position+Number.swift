package import Facts
package import Store

/// Positions as the kinds have them that count.
extension Position: ExpressibleByIntegerLiteral {
    package init(integerLiteral number: Int64) { self.init(number) }

    package init(_ number: Int64) { self.init(String(number)) }
}

extension Store {
    /// All keys of a source.
    package func keys(source: SourceName) async throws -> [String] {
        try await self.keys(of: source, limit: 1_000_000).map(\.key)
    }
}
