import Composer

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
    package func matches(_ name: String) -> Bool {
        let name = name.lowercased()
        return self.names.contains(name) || self.patterns.contains { NamePattern.matches(name, $0) }
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
