/// What of a feed could not be taken as it was, counted, with the first example of each.
package struct FeedTroubles: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Records that are not what they should be.
        case unreadable
        /// Constraints that Composer does not parse, and that were put right.
        case constraintsMended = "constraints_mended"
        /// Advisories left out because of a constraint that Composer does not parse.
        case constraintsRefused = "constraints_refused"
        /// Entries of nothing but an id and a constraint, where nobody can be asked for the rest.
        case partial
        /// Records, or parts of them, about software that no package can be.
        case otherSoftware = "other_software"
        /// Records that are said to be no vulnerabilities.
        case informational
        /// Advisories under an id that the same package has already.
        case repeated
        /// Names about which no answer came.
        case unanswered
    }

    package struct Trouble: Equatable, Sendable {
        package var count: Int
        package var example: String

        package init(count: Int, example: String) {
            self.count = count
            self.example = example
        }
    }

    package private(set) var found: [Kind: Trouble] = [:]

    package init() {}

    package func count(_ kind: Kind) -> Int { self.found[kind]?.count ?? 0 }

    /// - Parameter example: In one line, whatever is in it; kept of the first.
    package mutating func note(_ kind: Kind, _ example: @autoclosure () -> String) {
        if self.found[kind] == nil { self.found[kind] = Trouble(count: 0, example: Self.line(example())) }
        self.found[kind]?.count += 1
    }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.value < 0x20 ? " " : $0 }))
    }
}
