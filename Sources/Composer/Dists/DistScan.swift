import Wire

/// Which archives the versions of a package have, and where a document says so: read in one pass, without building anything
/// of it.
package struct DistScan {
    package struct Version {
        /// The object; in a map with its key.
        var part: Range<Int>
        /// The object alone.
        var range: Range<Int>
        /// Normal form; nil where there is none.
        package var normalized: String?
        /// In a minified document maybe that of a version before.
        package var dist: Dist?
        /// Whether the version's own bytes say it.
        var ownsDist = false
    }

    let bytes: [UInt8]
    private(set) var isMinified = false
    /// Of the whole list or map.
    private(set) var list: Range<Int>?
    package private(set) var versions: [Version] = []

    /// - Parameters:
    ///   - bytes: A document below `p2/`.
    ///   - name: Of the package, in lower case.
    /// - Throws: `JSONReader.Failure` where it is no such document.
    package init(_ bytes: [UInt8], of name: String) throws {
        self.bytes = bytes
        var reader = JSONReader(bytes)
        var isMinified = false
        var list: Range<Int>?
        try reader.readObject { reader, key in
            if try Self.holds(reader, key, "minified") {
                isMinified = try reader.readText() == "composer/2.0"
            } else if try Self.holds(reader, key, "packages"), try reader.kind() == .object {
                list = nil
                try reader.readObject { reader, key in
                    let isWanted = try reader.text(key).utf8.elementsEqual(name.utf8)
                    let range = try reader.skipValue()
                    if isWanted { list = range }
                }
            } else {
                try reader.skipValue()
            }
        }
        self.isMinified = isMinified
        self.list = list
        if let list { try self.readVersions(list) }
    }

    static func holds(_ reader: JSONReader, _ key: JSONKey, _ name: StaticString) throws -> Bool {
        // No one escapes these, but to PHP they are the same.
        key.isEscaped ? try reader.text(key).utf8.elementsEqual("\(name)".utf8) : reader.matches(key, name)
    }

    private mutating func readVersions(_ list: Range<Int>) throws {
        var versions: [Version] = []
        var state = State()
        func read(_ reader: inout JSONReader, _ isMinified: Bool, from start: Int?) throws {
            if !isMinified { state = State() }
            let kind = try reader.kind()
            let begin = reader.position
            state.ownsDist = false
            // What is no object differs in nothing.
            if kind == .object { try state.read(&reader) } else { try reader.skipValue() }
            versions.append(
                Version(
                    part: (start ?? begin)..<reader.position,
                    range: begin..<reader.position,
                    normalized: state.normalized,
                    dist: state.dist,
                    ownsDist: state.ownsDist
                )
            )
        }
        let isMinified = self.isMinified
        var reader = JSONReader(self.bytes, at: list)
        switch try reader.kind() {
        case .array: try reader.readArray { reader, _ in try read(&reader, isMinified, from: nil) }
        case .object:
            try reader.readObject { reader, key in try read(&reader, isMinified, from: key.range.lowerBound - 1) }
        default: break
        }
        self.versions = versions
    }
}

extension DistScan {
    /// What a list says so far.
    private struct State {
        private var version: String?
        private var ownNormalized: String?
        private(set) var dist: Dist?
        var ownsDist = false

        /// Upstream's, else ours.
        var normalized: String? { self.ownNormalized ?? self.version.flatMap(Version.normalize) }

        private typealias Version = Composer.Version

        mutating func read(_ reader: inout JSONReader) throws {
            try reader.readObject { reader, key in
                if try DistScan.holds(reader, key, "version") {
                    self.version = try Self.text(&reader)
                } else if try DistScan.holds(reader, key, "version_normalized") {
                    self.ownNormalized = try Self.text(&reader)
                } else if try DistScan.holds(reader, key, "dist") {
                    self.ownsDist = true
                    // Nothing, or `__unset`, which takes away.
                    self.dist = try reader.kind() == .object ? Dist(&reader) : nil
                    if self.dist == nil { try reader.skipValue() }
                } else {
                    try reader.skipValue()
                }
            }
        }

        private static func text(_ reader: inout JSONReader) throws -> String? {
            let text = try reader.readText()
            return text == "__unset" ? nil : text
        }
    }
}
