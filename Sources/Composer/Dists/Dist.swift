import Wire

/// What a version says of its archive (`dist`), and where.
package struct Dist: Equatable, Sendable {
    /// A member of it.
    struct Member: Equatable, Sendable {
        /// Of the value.
        var range: Range<Int>
        /// nil where it is no text.
        var text: String?
    }

    /// Of the whole object.
    package let range: Range<Int>
    let members: [Field: Member]

    enum Field: String, CaseIterable, Sendable { case type, url, reference, shasum }

    package var type: String? { self.members[.type]?.text }
    package var url: String? { self.members[.url]?.text }
    package var reference: String? { self.members[.reference]?.text }
    package var shasum: String? { self.members[.shasum]?.text }

    /// Reads one object; of several members of a name PHP knows the last.
    init(_ reader: inout JSONReader) throws {
        var members: [Field: Member] = [:]
        _ = try reader.kind()
        let start = reader.position
        try reader.readObject { reader, key in
            let name = try reader.text(key)
            _ = try reader.kind()
            let begin = reader.position
            guard let field = Field.allCases.first(where: { name.utf8.elementsEqual($0.rawValue.utf8) }) else {
                try reader.skipValue()
                return
            }
            let text = try reader.readText()
            members[field] = Member(range: begin..<reader.position, text: text)
        }
        self.range = start..<reader.position
        self.members = members
    }

    /// The object with an archive of ours in it; no other byte changes.
    func written(with ours: OwnArchive, in bytes: [UInt8]) -> [UInt8] {
        var edits = ByteEdits()
        guard let url = self.members[.url] else { return Array(bytes[self.range]) }
        edits.replace(url.range, with: Self.json(ours.url))
        var added: [UInt8] = []
        func put(_ value: [UInt8], as field: Field) {
            if let member = self.members[field] {
                edits.replace(member.range, with: value)
            } else {
                added += Array(",\"\(field.rawValue)\":".utf8) + value
            }
        }
        if case .former(let reference) = ours.reference, reference != self.reference {
            put(reference.map(Self.json) ?? Array("null".utf8), as: .reference)
        }
        put(Self.json(ours.shasum), as: .shasum)
        if !added.isEmpty { edits.insert(added, at: url.range.upperBound) }
        return edits.applied(to: bytes, in: self.range)
    }

    private static func json(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(text)
        return writer.bytes
    }
}

/// What stands in the place of upstream's archive.
package struct OwnArchive: Equatable, Sendable {
    package enum Reference: Equatable, Sendable {
        /// As upstream says it.
        case upstreams
        /// The archive is of another state than the one that upstream speaks of.
        case former(String?)
    }

    package var url: String
    /// SHA-1 of its bytes in lower-case hexadecimal.
    package var shasum: String
    package var reference: Reference

    package init(url: String, shasum: String, reference: Reference = .upstreams) {
        self.url = url
        self.shasum = shasum
        self.reference = reference
    }
}
