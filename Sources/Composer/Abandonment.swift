import Wire

/// Marks a package as one that nobody looks after any more.
package enum Abandonment {
    /// The document with every version in it marked; no other byte changes.
    ///
    /// In a minified document what the first version has is true of all.
    ///
    /// - Throws: `JSONReader.Failure` where it is no such document.
    package static func marked(_ document: [UInt8]) throws -> [UInt8] {
        var ends: [Int] = []
        var isMinified = false
        var reader = JSONReader(document)
        try reader.readObject { reader, key in
            if reader.matches(key, "minified") { isMinified = true }
            guard reader.matches(key, "packages") else { return _ = try reader.skipValue() }
            try reader.readObject { reader, _ in
                try reader.readArray { reader, _ in ends.append(try reader.skipValue().upperBound - 1) }
            }
        }
        var bytes: [UInt8] = []
        var start = 0
        for end in isMinified ? ends.prefix(1) : ends[...] {
            bytes += document[start..<end]
            bytes += Self.member
            start = end
        }
        return bytes + document[start...]
    }

    private static let member = Array(",\"abandoned\":true".utf8)
}
