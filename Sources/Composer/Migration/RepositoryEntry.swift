import Wire

/// An entry of `repositories`, as far as it matters where it leads.
///
/// Composer reads them as a list or as an object, whose keys are names; in a list an entry may have its name as a member,
/// and `{"packagist.org": false}` turns one off ([schema](https://getcomposer.org/doc/04-schema.md#repositories)).
struct RepositoryEntry {
    /// With its key, where it has one.
    var part: Range<Int>
    var value: Range<Int>
    var name: NameEdits.Text?
    var type: String?
    var url: NameEdits.Text?
    /// What `only` and `exclude` come to, under the new names, in a form that can be compared.
    var filters: [String] = []

    /// - Throws: `JSONReader.Failure`.
    init(_ edits: NameEdits, _ reader: inout JSONReader, key: NameEdits.Text? = nil) throws {
        self.name = key
        self.value = 0..<0
        self.part = 0..<0
        let kind = try reader.kind()
        let start = reader.position
        if case .object = kind {
            try reader.readObject { reader, member in
                switch try reader.text(member) {
                case "type": self.type = try edits.readText(&reader)?.text
                case "url": self.url = try edits.readText(&reader)
                case "name": self.name = try edits.readText(&reader) ?? self.name
                case let filter where filter == "only" || filter == "exclude":
                    self.filters += try Self.patterns(edits, &reader).map { "\(filter) \($0)" }
                default: try reader.skipValue()
                }
            }
        } else {
            try reader.skipValue()
        }
        self.value = start..<reader.position
        // The quote before the key belongs to it.
        self.part = (key.map { $0.range.lowerBound - 1 } ?? start)..<reader.position
        self.filters.sort()
    }

    private static func patterns(_ edits: NameEdits, _ reader: inout JSONReader) throws -> [String] {
        var patterns: [String] = []
        guard case .array = try reader.kind() else {
            try reader.skipValue()
            return []
        }
        try reader.readArray { reader, _ in
            guard let text = try edits.readText(&reader)?.text else { return }
            patterns += edits.names.isOfBoth(text) ? edits.names.both : [edits.names.renamed(text.lowercased())]
        }
        return patterns
    }

    /// Scheme, host, port and path of a URL, so that one address that is written in two ways is one.
    static func address(_ url: String) -> String {
        var text = url.lowercased()
        if text.hasSuffix("/packages.json") { text.removeLast("/packages.json".count) }
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    /// The host of a URL, without its port; nil where there is none.
    static func host(_ url: String) -> String? {
        guard let start = url.firstRange(of: "//") else { return nil }
        let rest = url[start.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = (rest.split(separator: "@").last ?? "").prefix { $0 != ":" }
        return host.isEmpty ? nil : host.lowercased()
    }
}

extension VendorNames {
    /// The patterns of all plugins and of all themes.
    var both: [String] { ["\(self.plugin)/*", "\(self.theme)/*"] }
}
