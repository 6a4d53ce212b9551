import Wire

/// Documents with advisories in them: those of the repository of advisories alone, and a package's own.
package enum AdvisoryDocument {
    /// Where the repository of advisories alone is, below the root of the repository.
    package static let folder = "advisories/"
    /// Its root document.
    package static let rootPath = Self.folder + RootDocument.path

    /// The document of a package in the repository of advisories alone.
    package static func path(of package: String) -> String { Self.folder + DocumentName.main(of: package).path }

    /// What a document says of its package.
    package struct Section: Equatable, Sendable {
        /// Entries as Composer reads them, each whole.
        package var entries: [[UInt8]]
        /// What has to go with copies of them, each once.
        package var notices: [[UInt8]]

        package init(entries: [[UInt8]] = [], notices: [[UInt8]] = []) {
            self.entries = entries
            self.notices = notices
        }

        fileprivate func write(to json: inout JSONWriter) {
            json.append(raw: "\"security-advisories\":")
            json.append(list: self.entries)
            guard !self.notices.isEmpty else { return }
            json.append(raw: ",\"attribution\":")
            json.append(list: self.notices)
        }
    }

    /// A document that has no versions, so that Composer goes on to the repositories below it.
    package static func json(_ section: Section) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 256 + section.entries.reduce(0) { $0 + $1.count + 1 })
        json.append(raw: "{\"packages\":[],")
        section.write(to: &json)
        json.append(raw: "}")
        return json.bytes
    }

    /// A package's document with this in place of what it says of advisories; no other byte changes.
    ///
    /// An empty list stays where it says nothing else, because upstream's document is then as upstream has it.
    ///
    /// - Parameter section: nil where documents say nothing of advisories at all.
    /// - Throws: `JSONReader.Failure` where it is no such document.
    package static func replacing(in document: [UInt8], with section: Section?) throws -> [UInt8] {
        var parts: [ByteEdits.Part] = []
        var isEmptyList = false
        var end = document.count
        var reader = JSONReader(document)
        try reader.readObject { reader, key in
            let isSection = reader.matches(key, "security-advisories")
            let isOurs = isSection || reader.matches(key, "attribution")
            let value = try reader.skipValue()
            if isSection { isEmptyList = document[value].elementsEqual("[]".utf8) }
            // The key with its quotes.
            parts.append(ByteEdits.Part(range: key.range.lowerBound - 1..<value.upperBound, isCut: isOurs))
            end = value.upperBound
        }
        if let section, section.entries.isEmpty, isEmptyList { return document }
        var edits = ByteEdits()
        edits.cut(parts)
        if let section, !section.entries.isEmpty {
            var json = JSONWriter()
            if parts.contains(where: { !$0.isCut }) { json.append(raw: ",") }
            section.write(to: &json)
            edits.insert(json.bytes, at: parts.isEmpty ? document.count - 1 : end)
        }
        return edits.isEmpty ? document : edits.applied(to: document, in: document.indices)
    }
}

extension JSONWriter {
    fileprivate mutating func append(list: [[UInt8]]) {
        self.append(raw: "[")
        for (index, value) in list.enumerated() {
            if index > 0 { self.append(raw: ",") }
            self.append(raw: value)
        }
        self.append(raw: "]")
    }
}
