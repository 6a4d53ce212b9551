/// Which run of a stage: the number of its row, which no other run has.
package struct RunID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ number: Int64) { self.rawValue = number }

    package var description: String { "\(self.rawValue)" }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
