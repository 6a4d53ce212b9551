import Composer
import Wire

/// Writes the documents of one package, minified as by Composer's MetadataMinifier.
///
/// In a minified document the first version is complete, and each other one has only what differs from the one before
/// it; a key that has gone has the value `__unset`. Between versions of one package differ `version`, `source` and `dist`
/// always, `require` and the two times sometimes, and nothing else ever, so the rest is written once, and its JSON is made once for
/// both documents.
struct DocumentWriter {
    private let name: String
    /// The members of a first version, up to `version`.
    private var head = JSONWriter()
    /// `type` and `authors`.
    private var middle = JSONWriter()
    /// `source`, up to the text of its reference.
    private var source = JSONWriter()
    private var support = JSONWriter()
    /// The constraint on PHP of the versions that have one.
    private let phpConstraint: String?

    init(_ payload: Payload, settings: DirectorySettings) {
        self.name = settings.name(ofSlug: payload.slug)
        self.phpConstraint = Self.constraint(payload.requiresPHP)

        self.head.append(raw: "\"name\":")
        self.head.append(self.name)
        let description = PlainText.of(html: payload.shortDescription)
        if !description.isEmpty {
            self.head.append(raw: ",\"description\":")
            self.head.append(description)
        }
        if let homepage = WebAddress.plausible(payload.homepage) {
            self.head.append(raw: ",\"homepage\":")
            self.head.append(homepage)
        }

        self.middle.append(raw: ",\"type\":")
        self.middle.append(payload.type.rawValue)
        if let author = Author(html: payload.author, address: payload.authorURL) {
            self.middle.append(raw: ",\"authors\":[{\"name\":")
            self.middle.append(author.name)
            if let homepage = author.homepage {
                self.middle.append(raw: ",\"homepage\":")
                self.middle.append(homepage)
            }
            self.middle.append(raw: "}]")
        }

        let (trac, forum) =
            switch payload.type {
            case .plugin: ("https://plugins.trac.wordpress.org", "plugin")
            case .theme: ("https://themes.trac.wordpress.org", "theme")
            }
        self.source.append(raw: ",\"source\":{\"type\":\"svn\",\"url\":")
        self.source.append("\(settings.subversionURL)/\(payload.slug)/")
        self.source.append(raw: ",\"reference\":\"")
        self.support.append(raw: ",\"support\":{\"issues\":")
        self.support.append("https://wordpress.org/support/\(forum)/\(payload.slug)/")
        self.support.append(raw: ",\"forum\":")
        self.support.append("https://wordpress.org/support/\(forum)/\(payload.slug)/")
        self.support.append(raw: ",\"source\":")
        self.support.append("\(trac)/browser/\(payload.slug)")
        self.support.append(raw: "}")
    }

    /// A constraint that Composer can parse: one that it can't makes every update of a user fail.
    private static func constraint(_ requiresPHP: String?) -> String? {
        guard let version = requiresPHP.map(Version.trimmed) else { return nil }
        let numbers = version.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard numbers.count <= 4, numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }),
            Version.normalize(version) != nil
        else { return nil }
        return ">=" + version
    }

    /// The document with these versions, in this order.
    func document(_ entries: [DocumentEntry]) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 1024 + 448 * entries.count)
        json.append(raw: "{\"minified\":\"composer/2.0\",\"packages\":{")
        json.append(self.name)
        json.append(raw: ":[")
        var previous: DocumentEntry?
        for entry in entries {
            json.append(raw: previous == nil ? "{" : ",{")
            if previous == nil {
                json.append(raw: self.head.bytes)
                json.append(raw: ",")
            }
            json.append(raw: "\"version\":")
            json.append(entry.version)
            json.append(raw: ",\"version_normalized\":")
            json.append(entry.normalized)
            if previous == nil { json.append(raw: self.middle.bytes) }
            self.append(requireOf: entry, after: previous, to: &json)
            self.append(linksOf: entry, to: &json)
            if previous == nil { json.append(raw: self.support.bytes) }
            Self.append("time", entry.time, after: previous?.time, to: &json)
            Self.append("published-time", entry.published, after: previous?.published, to: &json)
            json.append(raw: "}")
            previous = entry
        }
        json.append(raw: "]}}")
        return json.bytes
    }

    private func append(requireOf entry: DocumentEntry, after previous: DocumentEntry?, to json: inout JSONWriter) {
        let php = entry.requiresPHP ? self.phpConstraint : nil
        if let previous, php == (previous.requiresPHP ? self.phpConstraint : nil) { return }
        json.append(raw: ",\"require\":{\"composer/installers\":\"^1.0 || ^2.0\"")
        if let php {
            json.append(raw: ",\"php\":")
            json.append(php)
        }
        json.append(raw: "}")
    }

    private func append(linksOf entry: DocumentEntry, to json: inout JSONWriter) {
        json.append(raw: self.source.bytes)
        json.append(escaped: entry.reference)
        json.append(raw: "\"},\"dist\":{\"type\":\"zip\",\"url\":\"")
        WebAddress.append(encoding: entry.url, to: &json)
        json.append(escaped: entry.query)
        json.append(raw: "\",\"reference\":")
        json.append(entry.reference)
        json.append(raw: "}")
    }

    /// - Parameter seconds: Since 1970.
    private static func append(
        _ member: StaticString,
        _ seconds: Int64?,
        after previous: Int64?,
        to json: inout JSONWriter
    ) {
        let time = seconds.flatMap(UTCTime.init)
        if time == previous.flatMap(UTCTime.init) { return }
        json.append(raw: ",\"")
        json.append(raw: member)
        json.append(raw: "\":\"")
        if let time { json.append(raw: time.iso8601) } else { json.append(raw: "__unset") }
        json.append(raw: "\"")
    }
}
