import Composer
import Wire

/// Where things are in one document: read in one pass, without building anything of it.
struct DocumentScan {
    /// A member of the outermost object, or an element of a list.
    typealias Part = ByteEdits.Part

    /// The versions of the package.
    struct Versions {
        /// Of the whole list or map.
        var range: Range<Int>
        var isMap = false
        /// In upstream's order; of a map each key once.
        var versions: [ScannedVersion] = []
    }

    let bytes: [UInt8]
    /// The members of the document, each with its key.
    private(set) var members: [Part] = []
    private(set) var isMinified = false
    /// Nil when the document has nothing under the package's name.
    private(set) var found: Versions?
    /// How many other packages are in the document.
    private(set) var otherPackages = 0
    private(set) var cutNotices = 0
    private(set) var cutPolicies = 0
    /// What the lists say that stay.
    private(set) var filters: [FilterEntry] = []
    private let name: [UInt8]
    /// Versions of the package below other names.
    private var strays: [ScannedVersion] = []

    /// - Parameters:
    ///   - name: Of the package, in lower case.
    ///   - keepsPolicies: Whether advisories stay.
    ///   - keepsFilters: Whether lists of what is not to be installed stay, where no client comes to grief by them.
    ///   - goesByNames: Whether the package's versions below other names count, as they do in a provider tree, where
    ///     Composer goes by the names that stand in the versions.
    /// - Throws: ``UnreadableDocument`` for what is no JSON, or not PHP's.
    init(
        _ bytes: [UInt8],
        of name: [UInt8],
        label: String,
        keepsPolicies: Bool,
        keepsFilters: Bool = false,
        goesByNames: Bool = false
    ) throws {
        self.bytes = bytes
        self.name = name
        try Self.reading(bytes, label: label) { reader in
            // PHP writes an object without members as a list.
            if try reader.kind() == .array {
                try reader.readArray { reader, _ in
                    throw JSONReader.Failure(reason: "a document has to be an object", position: reader.position)
                }
            } else {
                try reader.readObject { reader, key in
                    try self.readMember(
                        &reader,
                        key,
                        keepsPolicies: keepsPolicies,
                        keepsFilters: keepsFilters,
                        goesByNames: goesByNames
                    )
                }
            }
        }
        self.takeStrays()
    }

    /// Reads the value of `packages[name]` alone, as an inline repository holds it.
    init(versions bytes: [UInt8], of name: [UInt8], label: String) throws {
        self.bytes = bytes
        self.name = name
        try Self.reading(bytes, label: label) { reader in self.found = try Self.readVersions(&reader) }
    }

    static func reading(
        _ bytes: [UInt8],
        label: String,
        _ read: (inout JSONReader) throws -> Void
    ) throws {
        do {
            guard bytes.count <= DocumentLimits.bytes else {
                throw JSONReader.Failure(
                    reason: "there are more than \(DocumentLimits.bytes) bytes, the most that a document may have,",
                    position: DocumentLimits.bytes
                )
            }
            if let position = JSONText.firstUndecodable(bytes.span) {
                throw JSONReader.Failure(reason: "a character is no UTF-8, or half of one", position: position)
            }
            var reader = JSONReader(bytes)
            try read(&reader)
            try reader.finish()
        } catch let failure as JSONReader.Failure {
            throw UnreadableDocument(document: label, reason: failure.reason, position: failure.position)
        }
    }

    // MARK: The document

    private mutating func readMember(
        _ reader: inout JSONReader,
        _ key: JSONKey,
        keepsPolicies: Bool,
        keepsFilters: Bool,
        goesByNames: Bool
    ) throws {
        var isCut = false
        if try reader.holds(key, "packages") {
            // Of several members of one name, PHP knows the last.
            self.found = nil
            self.strays = []
            self.otherPackages = 0
            try self.readPackages(&reader, goesByNames: goesByNames)
        } else if try reader.holds(key, "minified") {
            let range = try reader.skipValue()
            self.isMinified = try JSONReader.scalar(reader.bytes, at: range) == "composer/2.0"
        } else {
            let member = DocumentMember(key, in: reader.bytes)
            let range = try reader.skipValue()
            switch member {
            case .notice:
                self.cutNotices += 1
                isCut = true
            case .policy where !keepsPolicies:
                self.cutPolicies += 1
                isCut = true
            case .filter:
                if keepsFilters, let entries = try FilterEntry.section(reader.bytes, at: range) {
                    // Of several members of one name, PHP knows the last.
                    self.filters = entries
                } else {
                    self.cutPolicies += 1
                    isCut = true
                }
            default: break
            }
        }
        self.members.append(Part(range: (key.range.lowerBound - 1)..<reader.position, isCut: isCut))
    }

    private mutating func readPackages(_ reader: inout JSONReader, goesByNames: Bool) throws {
        guard try reader.kind() == .object else {
            try reader.skipValue()
            return
        }
        var isExact = false
        try reader.readObject { reader, key in
            let spelling = try reader.holds(key, package: self.name)
            if spelling.matches, spelling.isExact || !isExact {
                isExact = spelling.isExact
                self.found = try Self.readVersions(&reader)
            } else {
                self.otherPackages += spelling.matches ? 0 : 1
                guard goesByNames, !spelling.matches else {
                    try reader.skipValue()
                    return
                }
                let others = try Self.readVersions(&reader)?.versions ?? []
                for stray in others where self.hasOwnName(stray) {
                    try Self.limit(self.strays.count, at: reader.position)
                    self.strays.append(stray)
                }
            }
        }
    }

    private func hasOwnName(_ version: ScannedVersion) -> Bool {
        version.name.value.map { JSONReader.isName(self.bytes, at: $0, self.name) } ?? false
    }

    private mutating func takeStrays() {
        // No one minifies such a file; what a difference is to would be unknown.
        guard !self.strays.isEmpty, !self.isMinified else { return }
        var found = self.found ?? Versions(range: 0..<0)
        found.versions += self.strays
        self.found = found
    }
}
