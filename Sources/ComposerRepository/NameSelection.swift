/// Names of packages, and patterns of them as Composer's: `*` matches anything, letters of either case are the same.
package struct NameSelection: Sendable {
    /// In lower case, as Composer compares names.
    package var names: Set<String> = []
    /// In lower case.
    package var patterns: [String] = []
    /// What was written, from which all of it is read again; empty where nothing names a file.
    private(set) var entries: [Entry] = []

    /// As it was written, and where.
    struct Entry: Sendable {
        var text: String
        var place: String
    }

    package var isEmpty: Bool { self.names.isEmpty && self.patterns.isEmpty }

    package init(names: Set<String> = [], patterns: [String] = []) {
        self.names = Set(names.map { $0.lowercased() })
        self.patterns = patterns.map { $0.lowercased() }
    }

    /// Whether a name is among the names, or matches one of the patterns as a whole.
    ///
    /// `*` stands for any number of any characters, the slash included, as in Composer's
    /// `BasePackage::packageNameToRegexp`.
    package func matches(_ name: String) -> Bool {
        let name = name.lowercased()
        if self.names.contains(name) { return true }
        return self.patterns.contains { Self.matches(name.utf8, $0.utf8) }
    }

    /// Each star takes as little as it can.
    ///
    /// Only the last one is ever thought over again: that an earlier one takes more could only leave less. So the cost is at
    /// most the product of both lengths, and for patterns as they are written the length of the name.
    private static func matches(_ name: String.UTF8View, _ pattern: String.UTF8View) -> Bool {
        var (i, j) = (name.startIndex, pattern.startIndex)
        // Where the pattern goes on after the last star, and up to where of the name that star reaches.
        var afterStar: String.UTF8View.Index?
        var reach = i
        while i < name.endIndex {
            if j < pattern.endIndex, pattern[j] == UInt8(ascii: "*") {
                j = pattern.index(after: j)
                if j == pattern.endIndex { return true }
                (afterStar, reach) = (j, i)
            } else if j < pattern.endIndex, pattern[j] == name[i] {
                (i, j) = (name.index(after: i), pattern.index(after: j))
            } else if let afterStar {
                reach = name.index(after: reach)
                (i, j) = (reach, afterStar)
            } else {
                return false
            }
        }
        return pattern[j...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension NameSelection: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.names == right.names && left.patterns == right.patterns
    }
}

extension NameSelection {
    /// The same entries with what the files among them hold now.
    ///
    /// - Parameter problems: What is wrong with them now is added.
    /// - Returns: nil where anything is.
    func reread(_ problems: inout [String]) -> NameSelection? {
        if self.entries.isEmpty { return self }
        let before = problems.count
        let selection = NameSelection(entries: self.entries.map { ($0.text, $0.place) }, problems: &problems)
        return problems.count == before ? selection : nil
    }

    mutating func keep(_ entries: [(text: String, place: String)]) {
        self.entries = entries.map { Entry(text: $0.text, place: $0.place) }
    }
}
