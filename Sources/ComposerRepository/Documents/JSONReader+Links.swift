import Wire

/// What Composer refuses in `source`, `dist` and `bin`: `ArrayLoader` (types, and members that have to be there) and
/// `ValidatingArrayLoader::validatePackage` of 2.10.2.
extension JSONReader {
    mutating func readLink(isSource: Bool) throws -> LinkState {
        guard try self.kind() == .object else {
            let range = try self.skipValue()
            return self.isNull(range) ? .null : self.isUnset(range) ? .unset : .unusable
        }
        var hasType = false
        var hasURL = false
        var hasReference = !isSource
        var isOdd = (reference: false, shasum: false, mirrors: false)
        var isUnsafe = (url: false, reference: false)
        try self.readObject { reader, key in
            if try reader.holds(key, "type") {
                hasType = try reader.kind() == .string
                try reader.skipValue()
            } else if try reader.holds(key, "url") {
                hasURL = try reader.kind() == .string
                isUnsafe.url = try reader.beginsLikeOption(reader.skipValue())
            } else if try reader.holds(key, "reference") {
                let kind = try reader.kind()
                let range = try reader.skipValue()
                hasReference = !isSource || !reader.isNull(range)
                isOdd.reference = kind == .object || kind == .array
                isUnsafe.reference = try reader.beginsLikeOption(range)
            } else if try !isSource && reader.holds(key, "shasum") {
                let isText = try reader.kind() == .string
                isOdd.shasum = try !reader.isNull(reader.skipValue()) && !isText
            } else if try reader.holds(key, "mirrors") {
                let kind = try reader.kind()
                isOdd.mirrors = try !reader.isNull(reader.skipValue()) && kind != .array && kind != .object
            } else {
                try reader.skipValue()
            }
        }
        guard hasType, hasURL, hasReference else { return .unusable }
        if isOdd.reference || isOdd.shasum || isOdd.mirrors { return .unusable }
        return isUnsafe.url || isUnsafe.reference ? .unsafe : .usable
    }

    /// `^\s*-`: what a version control program could take for an option.
    private func beginsLikeOption(_ range: Range<Int>) throws -> Bool {
        let first = self.bytes[range.lowerBound]
        guard first == UInt8(ascii: "\"") else { return first == UInt8(ascii: "-") }
        var index = range.lowerBound + 1
        while self.bytes[index] == UInt8(ascii: " ") { index += 1 }
        if self.bytes[index] != UInt8(ascii: "\\") { return self.bytes[index] == UInt8(ascii: "-") }
        let text = try Self.scalar(self.bytes, at: range) ?? ""
        return text.utf8.first { $0 != 32 && $0 &- 9 >= 5 } == UInt8(ascii: "-")
    }

    /// `bin`: a path, or several.
    mutating func readBinaries() throws -> LinkState {
        var state = LinkState.usable
        func judge(_ reader: inout JSONReader) throws {
            let isText = try reader.kind() == .string
            let range = try reader.skipValue()
            if !isText {
                state = .unusable
            } else if try state != .unusable && reader.leadsOut(range) {
                state = .unsafe
            }
        }
        switch try self.kind() {
        case .array: try self.readArray { reader, _ in try judge(&reader) }
        case .object: try self.readObject { reader, _ in try judge(&reader) }
        case .string:
            var copy = self
            let range = try self.skipValue()
            if self.isUnset(range) { return .unset }
            try judge(&copy)
        default: return try self.isNull(self.skipValue()) ? .null : .unusable
        }
        return state
    }

    /// `(?:^|[\\/])\.\.(?:[\\/]|$)`: whether there is a `..` between the slashes of a path.
    private func leadsOut(_ range: Range<Int>) throws -> Bool {
        let span = self.bytes.span.extracting(range)
        let mayDo = span.firstIndex(of: UInt8(ascii: "\\"), from: 0) != nil || span.firstIndex(of: "..", from: 0) != nil
        guard mayDo, let text = try Self.scalar(self.bytes, at: range) else { return false }
        let parts = text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
        }
        // `$` tolerates a newline at the end.
        return parts.contains { $0.elementsEqual("..".utf8) }
            || parts.last.map { $0.elementsEqual("..\n".utf8) } ?? false
    }
}
