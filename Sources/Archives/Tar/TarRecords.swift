import Wire

/// What pax headers say (POSIX.1-2001, pax, extended header): `LENGTH KEY=VALUE` and a line break, over and over.
struct TarRecords {
    var path: [UInt8]?
    var target: [UInt8]?
    var size: Int?

    var isEmpty: Bool { self.path == nil && self.target == nil && self.size == nil }

    /// Takes what is in a header.
    ///
    /// - Throws: ``ArchiveRefusal``, also where a name, target or size is said twice: of those the later one counts, but not
    ///   for every program.
    mutating func read(_ bytes: [UInt8]) throws(ArchiveRefusal) {
        var place = 0
        while place < bytes.count {
            guard let space = bytes[place...].prefix(20).firstIndex(of: 0x20),
                let length = bytes.span.number(at: place..<space), length > 0, length <= bytes.count - place
            else { throw Self.unreadable }
            let end = place + Int(length)
            guard space < end - 1, bytes[end - 1] == UInt8(ascii: "\n"),
                let equals = bytes[(space + 1)..<(end - 1)].firstIndex(of: UInt8(ascii: "="))
            else { throw Self.unreadable }
            let value = Array(bytes[(equals + 1)..<(end - 1)])
            switch String(decoding: bytes[(space + 1)..<equals], as: UTF8.self) {
            case "path" where self.path != nil, "linkpath" where self.target != nil, "size" where self.size != nil:
                throw ArchiveRefusal(.ambiguous, entry: self.path, "its name, target or size is said twice beforehand")
            case "path": self.path = value
            case "linkpath": self.target = value
            case "size":
                guard let size = value.span.number(at: 0..<value.count), size < 1 << 56 else { throw Self.unreadable }
                self.size = Int(size)
            case let key where key.hasPrefix("GNU.sparse."):
                throw ArchiveRefusal(.unsupported, entry: self.path, "it is a file with holes")
            default: break
            }
            place = end
        }
    }

    private static let unreadable = ArchiveRefusal(.damaged, "what it says of an entry beforehand can't be read")
}
