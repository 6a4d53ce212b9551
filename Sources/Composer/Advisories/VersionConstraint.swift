/// A constraint of versions that Composer parses: `>=4.1,<4.1.34|>=4.2,<4.2.31`.
///
/// Accepted is what composer/semver's `VersionParser::parseConstraints` (3.3 and 3.4, which are the same there) accepts,
/// and nothing else. Two are equal where they are spelled alike.
package struct VersionConstraint: Sendable, CustomStringConvertible {
    /// Bytes of one that is read at all: the longest of Wordfence has 1,413.
    package static let maxLength = 16 << 10

    /// As it was written.
    package let text: String
    /// Of which one has to hold; of each group everything.
    ///
    /// Made anew each time: most are only passed on, and there are tens of thousands of them.
    package var groups: [[VersionComparison]] {
        var text = self.text
        return text.withUTF8 { ConstraintParser.groups(of: $0) } ?? []
    }

    /// Nil where composer/semver throws, and for what is longer than ``maxLength``.
    package init?(_ text: String) {
        var text = text
        guard text.utf8.count <= Self.maxLength, text.withUTF8({ ConstraintParser.groups(of: $0) }) != nil else {
            return nil
        }
        self.text = text
    }

    /// Whether a version in its normal form (``Version/normalize(_:)``) satisfies the constraint.
    package func matches(normalized version: String) -> Bool {
        self.groups.contains { group in group.allSatisfy { $0.matches(version) } }
    }

    package var description: String { self.text }
}

extension VersionConstraint: Hashable {
    package static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
    package func hash(into hasher: inout Hasher) { for byte in self.text.utf8 { hasher.combine(byte) } }
}
