import Wire

/// That a list by which Composer 2.10 filters versions names some of a package.
package struct FilterEntry: Hashable, Sendable {
    /// `malware`, which Composer goes by unless it is told otherwise, or one that a policy names.
    package var list: String
    /// Of versions.
    package var constraint: String

    package init(list: String, constraint: String) {
        self.list = list
        self.constraint = constraint
    }
}

extension FilterEntry {
    /// Lists and entries in the section of one document; nobody has as many.
    private static let mostEntries = 10_000
    private static let mostBytes = 4_096

    /// What the section `filter` of a document says.
    ///
    /// - Parameter range: That of the section's value.
    /// - Returns: nil where a client could come to grief by it: an entry without a constraint is passed over by Composer, and
    ///   one that it can't parse ends an update or an audit.
    /// - Throws: `JSONReader.Failure` where it is no JSON.
    package static func section(_ bytes: [UInt8], at range: Range<Int>) throws -> [FilterEntry]? {
        var reader = JSONReader(bytes, at: range)
        // PHP writes an object without members as a list.
        var entries: [FilterEntry] = []
        var isSound = true
        guard try reader.kind() == .object else {
            guard try reader.kind() == .array else { return nil }
            try reader.readArray { reader, _ in
                isSound = false
                try reader.skipValue()
            }
            return isSound ? [] : nil
        }
        try reader.readObject { reader, key in
            let list = try reader.text(key)
            guard try reader.kind() == .array, Self.isName(list) else {
                isSound = false
                return _ = try reader.skipValue()
            }
            try reader.readArray { reader, _ in
                guard let constraint = try Self.constraint(&reader), Self.isSound(constraint),
                    entries.count < Self.mostEntries
                else { return isSound = false }
                entries.append(FilterEntry(list: list, constraint: constraint))
            }
        }
        return isSound ? entries : nil
    }

    private static func constraint(_ reader: inout JSONReader) throws -> String? {
        guard try reader.kind() == .object else {
            try reader.skipValue()
            return nil
        }
        var constraint: String?
        try reader.readObject { reader, key in
            if reader.matches(key, "constraint"), try reader.kind() == .string {
                constraint = try reader.readText()
            } else {
                try reader.skipValue()
            }
        }
        return constraint
    }

    private static func isName(_ list: String) -> Bool {
        (1...64).contains(list.utf8.count)
            && list.utf8.allSatisfy {
                $0.isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: "-")
            }
    }

    /// Whether every Composer parses it: alternatives of ranges of versions with comparing operators, the forms that lists
    /// are written in; less than Composer's whole grammar.
    package static func isSound(_ constraint: String) -> Bool {
        guard constraint.utf8.count <= self.mostBytes else { return false }
        return constraint.replacing("||", with: "|").split(separator: "|", omittingEmptySubsequences: false)
            .allSatisfy { alternative in
                let atoms = alternative.split { $0 == "," || $0 == " " }
                return !atoms.isEmpty && atoms.allSatisfy(self.isAtom)
            }
    }

    private static func isAtom(_ atom: Substring) -> Bool {
        if atom == "*" { return true }
        let operators = [">=", "<=", "!=", "==", ">", "<", "=", "^", "~"]
        let version = operators.first { atom.hasPrefix($0) }.map { atom.dropFirst($0.count) } ?? atom
        guard let first = version.utf8.first else { return false }
        if atom.hasPrefix("dev-") {
            return atom.utf8.count > 4
                && atom.utf8.allSatisfy { byte in
                    byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || "-._/".utf8.contains(byte)
                }
        }
        return (first.isDigit || first == UInt8(ascii: "v")) && Version.normalize(String(version)) != nil
    }
}

/// What is known of all packages by the lists of `filter`: what Composer 2.10 asks before it looks at single packages.
///
/// The form is that of Packagist's `FilterListSummaryDumper.php`.
package enum FilterSummary {
    /// Its key, relative to the repository.
    package static let path = "filter/summary.json"

    /// One package in one list.
    package typealias Row = (list: String, name: String, constraints: String)

    /// How constraints of one package in one list are written together.
    package static func joined(_ constraints: [String]) -> String {
        var seen: Set<String> = []
        return constraints.filter { seen.insert($0).inserted }.joined(separator: "|")
    }

    /// - Parameter rows: In any order; one for each list and name.
    package static func json(_ rows: [Row]) -> [UInt8] {
        let rows = rows.sorted { left, right in
            left.list == right.list
                ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
                : left.list.utf8.lexicographicallyPrecedes(right.list.utf8)
        }
        var json = JSONWriter(reservingCapacity: 64 + 48 * rows.count)
        json.append(raw: "{\"filter\":{")
        var list: String?
        for row in rows {
            if row.list == list {
                json.append(raw: ",")
            } else {
                if list != nil { json.append(raw: "},") }
                json.append(row.list)
                json.append(raw: ":{")
                list = row.list
            }
            json.append(row.name)
            json.append(raw: ":")
            json.append(row.constraints)
        }
        json.append(raw: list == nil ? "}}" : "}}}")
        return json.bytes
    }
}
