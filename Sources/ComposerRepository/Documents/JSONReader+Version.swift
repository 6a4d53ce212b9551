import Wire

/// What one element of a list of versions says, read in one pass.
extension JSONReader {
    mutating func readVersion() throws -> ScannedVersion {
        let kind = try self.kind()
        var version = ScannedVersion(range: self.position..<self.position)
        guard kind == .object else {
            version.range = try self.skipValue()
            // PHP writes an empty object as a list: nothing differs.
            var list = JSONReader(self.bytes, at: version.range)
            var isEmpty = kind == .array
            if isEmpty {
                try list.readArray { reader, _ in
                    isEmpty = false
                    try reader.skipValue()
                }
            }
            version.isObject = isEmpty
            return version
        }
        try self.readObject { reader, key in try reader.readMember(key, of: &version) }
        version.range = version.range.lowerBound..<self.position
        return version
    }

    private mutating func readMember(_ key: JSONKey, of version: inout ScannedVersion) throws {
        if key.isEscaped {
            // No one writes these keys so, but to PHP they are the same.
            let text = try Array(self.text(key).utf8)
            return try self.readMember(text, text.indices, of: &version)
        }
        try self.readMember(self.bytes, key.range, of: &version)
    }

    /// The length of a key tells most of them apart.
    private mutating func readMember(_ key: [UInt8], _ range: Range<Int>, of version: inout ScannedVersion) throws {
        let span = key.span
        switch range.count {
        case 3 where span.holds("bin", at: range): version.bin = try self.readBinaries()
        case 3 where span.holds("uid", at: range): version.uid = try self.place()
        case 4 where span.holds("name", at: range): version.name = try self.place()
        case 4 where span.holds("dist", at: range): version.dist = try self.readLink(isSource: false)
        case 4 where span.holds("time", at: range): version.time = try self.place()
        case 6 where span.holds("source", at: range): version.source = try self.readLink(isSource: true)
        case 7 where span.holds("version", at: range): version.version = try self.place()
        case 7 where span.holds("require", at: range): version.require = try self.place()
        case 7 where span.holds("provide", at: range): version.provide = try self.place()
        case 7 where span.holds("replace", at: range): version.replace = try self.place()
        case 8 where span.holds("conflict", at: range): version.conflict = try self.place()
        case 11 where span.holds("require-dev", at: range): version.requireDev = try self.place()
        case 11 where span.holds("description", at: range): version.description = try self.place()
        case 18 where span.holds("version_normalized", at: range): version.normalized = try self.place()
        default: try self.skipValue()
        }
    }
}
