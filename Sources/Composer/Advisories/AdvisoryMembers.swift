import Wire

/// The members of an entry as they are read, before it is known whether all are there.
struct AdvisoryMembers {
    /// Sources of one entry that are looked at: Packagist has three.
    private static let mostSources = 20

    private var id: String?
    private var affectedVersions: String?
    private var title: String?
    private var reportedAt: String?
    private var cve: String?
    private var link: String?
    private var severity: String?
    private var sources: [Advisory.Source]?

    mutating func read(from reader: inout JSONReader) throws {
        try reader.readObject { reader, key in
            switch try reader.text(key) {
            case "advisoryId": self.id = try reader.readText()
            case "affectedVersions": self.affectedVersions = try reader.readText()
            case "title": self.title = try reader.readText()
            case "reportedAt": self.reportedAt = try reader.readText()
            case "cve": self.cve = try reader.readText()
            case "link": self.link = try reader.readText()
            case "severity": self.severity = try reader.readText()
            case "sources": self.sources = try Self.sources(from: &reader)
            default: try reader.skipValue()
            }
        }
    }

    /// A list, or the map that PHP makes of a list with gaps; nil where it is neither.
    private static func sources(from reader: inout JSONReader) throws -> [Advisory.Source]? {
        var sources: [Advisory.Source] = []
        func add(_ reader: inout JSONReader) throws {
            guard let source = try self.source(from: &reader), sources.count < self.mostSources else { return }
            sources.append(source)
        }
        switch try reader.kind() {
        case .array: try reader.readArray { reader, _ in try add(&reader) }
        case .object: try reader.readObject { reader, _ in try add(&reader) }
        default:
            try reader.skipValue()
            return nil
        }
        return sources
    }

    private static func source(from reader: inout JSONReader) throws -> Advisory.Source? {
        guard try reader.kind() == .object else {
            try reader.skipValue()
            return nil
        }
        var name: String?
        var remoteID: String?
        try reader.readObject { reader, key in
            switch try reader.text(key) {
            case "name": name = try reader.readText()
            case "remoteId": remoteID = try reader.readText()
            default: try reader.skipValue()
            }
        }
        guard let name, let remoteID else { return nil }
        return Advisory.Source(name: name, remoteID: remoteID)
    }

    var entry: AdvisoryEntry {
        guard let id, !id.isEmpty else { return .unreadable(id: nil, reason: "an entry without advisoryId") }
        guard let text = self.affectedVersions else {
            return .unreadable(id: id, reason: "\(id): no affectedVersions")
        }
        guard let title, let reportedAt, let sources else { return .partial(id: id, affectedVersions: text) }
        guard let time = ReportTime.canonical(reportedAt) else {
            return .unreadable(id: id, reason: "\(id): reportedAt is \(reportedAt.prefix(40)), no date")
        }
        let constraint = MendedConstraint(text)
        guard let affected = constraint.constraint else { return .refused(id: id, constraint: text) }
        let advisory = Advisory(
            id: id,
            affectedVersions: affected,
            title: title,
            reportedAt: time,
            sources: sources,
            cve: self.cve.flatMap { $0.isEmpty ? nil : $0 },
            link: self.link.flatMap { $0.isEmpty ? nil : $0 },
            severity: self.severity.flatMap { $0.isEmpty ? nil : $0 }
        )
        guard advisory.isOfReasonableSize else {
            return .unreadable(id: id, reason: "\(id.prefix(100)): more than \(Advisory.maxBytes) bytes of text")
        }
        return .full(advisory, mended: constraint.isMended ? text : nil)
    }
}
