/// What of a feed could not be taken as it was, counted, with the first example of each.
package struct FeedTroubles: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Records that are not what they should be.
        case unreadable
        /// Constraints that Composer does not parse, and that were put right.
        case constraintsMended = "constraints_mended"
        /// Advisories, or ranges of them, left out because Composer does not parse their constraint.
        case constraintsRefused = "constraints_refused"
        /// Entries of nothing but an id and a constraint, where nobody can be asked for the rest.
        case partial
        /// Parts of records about software that no package can be.
        case otherSoftware = "other_software"
        /// Records that their feed calls informational; they are taken in all the same.
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

    /// Ids of advisories that are in the feed and could not be taken, and beginnings of such ids up to a slash.
    private var unread: Set<String> = []

    package init() {}

    /// Whether the feed has an advisory of this id that could not be taken: what is known of it is not withdrawn.
    package func isUnread(_ id: String) -> Bool {
        guard !self.unread.isEmpty else { return false }
        if self.unread.contains(id) { return true }
        guard let slash = id.lastIndex(of: "/") else { return false }
        return self.unread.contains(String(id[...slash]))
    }

    /// - Parameter id: Of one advisory; of all that begin so where it ends in a slash.
    package mutating func noteUnread(_ id: String) { self.unread.insert(id) }

    package func count(_ kind: Kind) -> Int { self.found[kind]?.count ?? 0 }

    /// - Parameter example: In one line, whatever is in it; kept of the first.
    package mutating func note(_ kind: Kind, _ example: @autoclosure () -> String) {
        if self.found[kind] == nil { self.found[kind] = Trouble(count: 0, example: Self.line(example())) }
        self.found[kind]?.count += 1
    }

    /// Takes in what another part of the same reading met with.
    package mutating func add(_ other: FeedTroubles) {
        for (kind, trouble) in other.found {
            let before = self.found[kind]
            self.found[kind] = Trouble(
                count: (before?.count ?? 0) + trouble.count,
                example: before?.example ?? trouble.example
            )
        }
        self.unread.formUnion(other.unread)
    }

    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.value < 0x20 ? " " : $0 }))
    }
}
