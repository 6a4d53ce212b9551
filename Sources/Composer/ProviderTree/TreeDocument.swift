import Wire

/// A package's document of the v1 tree: all stabilities together, by version, nothing left to be expanded.
package struct TreeDocument {
    /// Some megabytes of differences can stand for any number of them, written out.
    package static let maxBytes = 32 << 20

    /// Written out it would be larger than ``maxBytes``.
    package struct TooLarge: Error, CustomStringConvertible {
        package var description: String {
            "its document of the v1 tree would have more than \(TreeDocument.maxBytes) bytes; the tree says of it what it "
                + "said before"
        }
    }

    /// No file can be called as its document would have to be.
    package struct NameTooLong: Error, CustomStringConvertible {
        package var description: String {
            "its name has more than \(TreeFile.mostNameBytes) bytes behind the slash, which with a hash is more than a file's "
                + "name may have; it is not in the v1 tree"
        }
    }

    private let name: String
    private var json: JSONWriter
    /// The texts of those that are in it: Composer 1 knows a version by nothing else.
    private var versions: Set<[UInt8]> = []

    /// The bytes of the document.
    ///
    /// - Parameter documents: What is below `p2/` of the package, that of the releases first.
    /// - Throws: ``TooLarge``, ``NameTooLong``, or `JSONReader.Failure` where one is no document.
    package static func json(_ name: String, of documents: [[UInt8]]) throws -> [UInt8] {
        guard name.utf8.reversed().prefix(while: { $0 != UInt8(ascii: "/") }).count <= TreeFile.mostNameBytes else {
            throw NameTooLong()
        }
        var tree = TreeDocument(name, reserving: documents.reduce(256) { $0 + 2 * $1.count })
        for document in documents { try tree.append(document) }
        tree.json.append(raw: "}}}")
        return tree.json.bytes
    }

    private init(_ name: String, reserving capacity: Int) {
        self.name = name
        self.json = JSONWriter(reservingCapacity: capacity)
        self.json.append(raw: "{\"packages\":{")
        self.json.append(name)
        self.json.append(raw: ":{")
    }

    private mutating func append(_ document: [UInt8]) throws {
        var isMinified = false
        var lists: [Range<Int>] = []
        let wanted = self.name
        var reader = JSONReader(document)
        try reader.readObject { reader, key in
            if reader.matches(key, "minified") { isMinified = true }
            guard reader.matches(key, "packages"), try reader.kind() == .object else {
                return _ = try reader.skipValue()
            }
            try reader.readObject { reader, key in
                let isWanted = try reader.text(key).utf8.elementsEqual(wanted.utf8)
                let range = try reader.skipValue()
                if isWanted { lists.append(range) }
            }
        }
        for list in lists { try self.append(list, of: document, isMinified: isMinified) }
    }

    private mutating func append(_ list: Range<Int>, of document: [UInt8], isMinified: Bool) throws {
        var state = VersionState()
        func add(_ reader: inout JSONReader) throws {
            if !isMinified { _ = state.clear() }
            _ = try state.apply(reader.skipValue(), of: document)
            try self.append(state, of: document)
        }
        var reader = JSONReader(document, at: list)
        // Both are lists of versions to Composer.
        switch try reader.kind() {
        case .array: try reader.readArray { reader, _ in try add(&reader) }
        case .object: try reader.readObject { reader, _ in try add(&reader) }
        default: break
        }
    }

    private mutating func append(_ state: VersionState, of document: [UInt8]) throws {
        guard let version = try Self.text("version", of: state, document),
            self.versions.insert(Array(version.utf8)).inserted
        else { return }
        let normalized = try Self.text("version_normalized", of: state, document) ?? Version.normalize(version)
        if self.versions.count > 1 { self.json.append(raw: ",") }
        self.json.append(version)
        self.json.append(raw: ":{")
        var isNamed = false
        for member in state.inOrder {
            if document.span.holds("uid", at: member.key.indices) { continue }
            if document.span.holds("version_normalized", at: member.key.indices) { continue }
            if document.span.holds("name", at: member.key.indices) { isNamed = true }
            self.json.append(raw: "\"")
            self.json.append(raw: Array(member.key))
            self.json.append(raw: "\":")
            self.json.append(raw: Array(member.value))
            self.json.append(raw: ",")
            guard self.json.bytes.count <= Self.maxBytes else { throw TooLarge() }
        }
        if !isNamed {
            self.json.append(raw: "\"name\":")
            self.json.append(self.name)
            self.json.append(raw: ",")
        }
        if let normalized {
            self.json.append(raw: "\"version_normalized\":")
            self.json.append(Self.branches.contains(normalized) ? "9999999-dev" : normalized)
            self.json.append(raw: ",")
        }
        self.json.append(raw: "\"uid\":")
        self.json.append(VersionUID.uid(name: self.name, versionNormalized: normalized ?? version))
        self.json.append(raw: "}")
    }

    /// What Composer 1 knows by a number that is higher than all others; Composer 2 translates it back.
    private static let branches: Set<String> = ["dev-master", "dev-trunk", "dev-default"]

    /// Nil where the member is no text.
    private static func text(_ key: StaticString, of state: VersionState, _ document: [UInt8]) throws -> String? {
        guard let member = state.members[Array("\(key)".utf8)] else { return nil }
        var reader = JSONReader(document, at: member.value.indices)
        return try reader.readText()
    }
}
