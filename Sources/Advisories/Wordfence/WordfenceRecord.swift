import Composer
import Wire

/// A vulnerability as Wordfence Intelligence v3 tells it: what of it makes advisories.
struct WordfenceRecord {
    struct Software {
        var type = ""
        var slug = ""
        var ranges: [AffectedRange] = []
    }

    /// Ranges of one piece of software that are read: WordPress' own has some forty.
    private static let mostRanges = 500
    /// Pieces of software of one record: a library that was found vulnerable is in hundreds.
    private static let mostSoftware = 5_000

    var title: String?
    var software: [Software] = []
    var isInformational = false
    var references: [String] = []
    var cve: String?
    var severity: String?
    var published: String?
    var notices: [AdvisoryNotice] = []

    /// - Throws: `JSONReader.Failure` where this is no JSON.
    init?(_ bytes: [UInt8]) throws {
        var reader = JSONReader(bytes)
        guard try reader.kind() == .object else { return nil }
        try reader.readObject { reader, key in
            switch try reader.text(key) {
            case "title": self.title = try reader.readText()
            case "software": try self.readSoftware(&reader)
            case "informational": self.isInformational = try reader.readFlag() ?? false
            case "references":
                try reader.eachMember { reader, _ in try reader.readText().map { self.references.append($0) } }
            case "cve": self.cve = try reader.readText()
            case "cvss":
                try reader.eachMember { reader, key in
                    if key == "rating" { self.severity = try reader.readText() } else { try reader.skipValue() }
                }
            case "published": self.published = try reader.readText()
            case "copyrights": try self.readNotices(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }

    private mutating func readSoftware(_ reader: inout JSONReader) throws {
        try reader.eachMember { reader, _ in
            guard try reader.kind() == .object else {
                try reader.skipValue()
                return
            }
            var software = Software()
            try reader.readObject { reader, key in
                switch try reader.text(key) {
                case "type": software.type = try reader.readText() ?? ""
                case "slug": software.slug = try reader.readText() ?? ""
                case "affected_versions":
                    try reader.eachMember { reader, _ in
                        let range = try Self.range(&reader)
                        if software.ranges.count < Self.mostRanges { software.ranges.append(range) }
                    }
                default: try reader.skipValue()
                }
            }
            if self.software.count < Self.mostSoftware { self.software.append(software) }
        }
    }

    private static func range(_ reader: inout JSONReader) throws -> AffectedRange {
        var range = AffectedRange()
        try reader.eachMember { reader, key in
            switch key {
            case "from_version": range.from = try reader.readText()
            case "from_inclusive": range.includesFrom = try reader.readFlag() ?? true
            case "to_version": range.to = try reader.readText()
            case "to_inclusive": range.includesTo = try reader.readFlag() ?? true
            default: try reader.skipValue()
            }
        }
        return range
    }

    /// Those of the holders; beside them stands a `message` to everybody.
    private mutating func readNotices(_ reader: inout JSONReader) throws {
        try reader.eachMember { reader, _ in
            if let notice = try AdvisoryNotice(reading: &reader) { self.notices.append(notice) }
        }
        self.notices.sort { $0.notice.utf8.lexicographicallyPrecedes($1.notice.utf8) }
    }
}

extension JSONReader {
    /// Reads the members of a map, or the elements of a list, which is what PHP makes of a map without members; what is
    /// neither is passed over.
    mutating func eachMember(_ onMember: (inout JSONReader, _ key: String?) throws -> Void) throws {
        switch try self.kind() {
        case .object: try self.readObject { reader, key in try onMember(&reader, reader.text(key)) }
        case .array: try self.readArray { reader, _ in try onMember(&reader, nil) }
        default: try self.skipValue()
        }
    }

    /// True or false, or what PHP may write for them; nil for null.
    fileprivate mutating func readFlag() throws -> Bool? {
        switch try self.kind() {
        case .literal:
            let first = self.bytes[try self.skipValue().lowerBound]
            return first == UInt8(ascii: "n") ? nil : first == UInt8(ascii: "t")
        default: return try self.readText().map { $0 != "" && $0 != "0" }
        }
    }
}
