import Composer
import Facts
import Upstream
import Wire

/// Reads what the plugin or theme API says of one package, in any of the forms that it takes.
///
/// Source of the forms: the code of both APIs and captured answers. Fields are strings, `false`, numbers where PHP
/// takes a version for one; `versions` an object, an empty list, or a list of URLs where the only tags are 0, 1, 2 ….
struct PackageReader {
    /// The answer is none of the forms, or not about what was asked.
    struct Unusable: Error {
        var reason: String
        var code = UpstreamError.Code.malformed
    }

    private static let permanently = "This closure is permanent"

    private let type: PackageType
    private let slug: String
    private var reader: JSONReader

    private var texts: [Field: String] = [:]
    private var isClosed = false
    private var versions: [VersionLink]?

    private enum Field {
        case slug, name, version, author, authorURL, requires, requiresPHP, tested, lastUpdated, lastUpdatedTime,
            homepage
        case shortDescription, description, downloadLink, stableTag, activeInstalls, error, closedDate, reason
    }

    private init(type: PackageType, slug: String, reader: JSONReader) {
        self.type = type
        self.slug = slug
        self.reader = reader
    }

    /// Reads the value at `range` of `bytes`, which is well-formed JSON.
    ///
    /// - Throws: ``Unusable``, or ``JSONReader/Failure``.
    static func read(
        _ bytes: [UInt8],
        at range: Range<Int>,
        type: PackageType,
        slug: String
    ) throws -> PackageAnswer<Payload> {
        var reader = PackageReader(type: type, slug: slug, reader: JSONReader(bytes, at: range))
        return try reader.read()
    }

    private mutating func read() throws -> PackageAnswer<Payload> {
        guard try self.reader.kind() == .object else {
            throw Unusable(reason: "the answer about '\(self.slug)' is no object")
        }
        var reader = self.reader
        try reader.readObject { reader, key in try self.readMember(&reader, key) }
        if let named = self.texts[.slug], !named.utf8.elementsEqual(self.slug.utf8) {
            throw Unusable(reason: "the answer about '\(self.slug)' is about another package")
        }
        if let error = self.texts[.error] { return try self.answer(toError: error) }
        return try self.active()
    }

    // MARK: Members

    private mutating func readMember(_ reader: inout JSONReader, _ key: JSONKey) throws {
        if reader.matches(key, "versions") {
            self.versions = try Self.readVersions(&reader)
        } else if reader.matches(key, "author") {
            try self.readAuthor(&reader)
        } else if reader.matches(key, "sections") {
            try self.readSections(&reader)
        } else if reader.matches(key, "closed") {
            self.isClosed = try reader.readIsTrue()
        } else if let field = self.field(reader, key) {
            self.texts[field] = try reader.readText()
        } else {
            try reader.skipValue()
        }
    }

    private func field(_ reader: JSONReader, _ key: JSONKey) -> Field? {
        switch key.range.count {
        case 4 where reader.matches(key, "slug"): .slug
        case 4 where reader.matches(key, "name"): .name
        case 5 where reader.matches(key, "error"): .error
        case 6 where reader.matches(key, "reason"): .reason
        case 6 where reader.matches(key, "tested"): .tested
        case 7 where reader.matches(key, "version"): .version
        case 8 where reader.matches(key, "homepage"): .homepage
        case 8 where reader.matches(key, "requires"): .requires
        case 10 where reader.matches(key, "stable_tag"): .stableTag
        case 11 where reader.matches(key, "description") && self.texts[.description] == nil: .description
        case 11 where reader.matches(key, "closed_date"): .closedDate
        case 12 where reader.matches(key, "last_updated"): .lastUpdated
        case 12 where reader.matches(key, "requires_php"): .requiresPHP
        case 13 where reader.matches(key, "download_link"): .downloadLink
        case 14 where reader.matches(key, "author_profile"): .authorURL
        case 15 where reader.matches(key, "active_installs"): .activeInstalls
        case 17 where reader.matches(key, "last_updated_time"): .lastUpdatedTime
        case 17 where reader.matches(key, "short_description"): .shortDescription
        default: nil
        }
    }

    /// - Returns: nil when it is neither an object nor a list.
    private static func readVersions(_ reader: inout JSONReader) throws -> [VersionLink]? {
        var links: [VersionLink] = []
        switch try reader.kind() {
        case .object:
            try reader.readObject { reader, key in
                let tag = try reader.text(key)
                if let url = try reader.readText() { try Self.add(VersionLink(tag: tag, url: url), to: &links) }
            }
        case .array:
            try reader.readArray { reader, index in
                if let url = try reader.readText() {
                    try Self.add(VersionLink(tag: String(index), url: url), to: &links)
                }
            }
        default:
            try reader.skipValue()
            return nil
        }
        return links
    }

    /// - Throws: ``Unusable`` when there are more than any package has.
    private static func add(_ link: VersionLink, to links: inout [VersionLink]) throws {
        guard link.tag.utf8.count <= PayloadLimits.tagBytes, link.url.utf8.count <= PayloadLimits.addressBytes
        else { return }
        guard links.count < PayloadLimits.versions else {
            throw Unusable(reason: "the answer lists more than \(PayloadLimits.versions) versions")
        }
        links.append(link)
    }

    /// Plugins have HTML; themes an object with the account and the header's name and link, or the account's name.
    private mutating func readAuthor(_ reader: inout JSONReader) throws {
        guard try reader.kind() == .object else {
            self.texts[.author] = try reader.readText()
            return
        }
        var names: [String: String] = [:]
        try reader.readObject { reader, key in
            let known = ["display_name", "author", "user_nicename", "author_url", "profile"]
            guard key.range.count < 16, case let name = try reader.text(key), known.contains(name)
            else { return _ = try reader.skipValue() }
            names[name] = try reader.readText()
        }
        self.texts[.author] = names.nonEmpty("display_name") ?? names.nonEmpty("author") ?? names["user_nicename"]
        self.texts[.authorURL] = names.nonEmpty("author_url") ?? names["profile"]
    }

    /// A theme's description; plugins have a short one beside the sections.
    private mutating func readSections(_ reader: inout JSONReader) throws {
        guard self.type == .theme, try reader.kind() == .object else {
            try reader.skipValue()
            return
        }
        try reader.readObject { reader, key in
            if reader.matches(key, "description") {
                self.texts[.description] = try reader.readText()
            } else {
                try reader.skipValue()
            }
        }
    }

    // MARK: Answers

    private func answer(toError error: String) throws -> PackageAnswer<Payload> {
        if error == "closed" || self.isClosed {
            let reason = self.word(.reason)
            let isPermanent = self.texts[.description]?.contains(Self.permanently) ?? false
            return .closed(
                Closure(
                    // The day as upstream writes it; a zero date is none.
                    date: self.word(.closedDate).flatMap { DirectoryDate.seconds($0) == nil ? nil : $0 },
                    reason: reason,
                    isPermanent: isPermanent
                )
            )
        }
        switch error.lowercased().drop(while: { $0 == " " }).trimmingPeriod() {
        case "plugin not found", "theme not found", "invalid plugin slug", "invalid theme slug",
            "invalid slug provided":
            return .notFound
        default:
            // An error of upstream's own must never look like a package that is gone.
            throw Unusable(reason: "upstream answers with an error of its own about '\(self.slug)'", code: .refused)
        }
    }

    private func active() throws -> PackageAnswer<Payload> {
        guard self.texts[.slug] != nil else { throw self.lacking("slug") }
        guard let version = self.texts[.version] else { throw self.lacking("version") }
        guard let versions = self.versions else { throw self.lacking("versions") }
        for field in [Field.version, .stableTag] {
            guard self.texts[field]?.utf8.count ?? 0 <= PayloadLimits.tagBytes else {
                throw Unusable(reason: "the version in the answer about '\(self.slug)' is too long to be one")
            }
        }
        let updated = self.texts[.lastUpdatedTime].flatMap(DirectoryDate.seconds)
        let description = self.texts[self.type == .plugin ? .shortDescription : .description]
        let payload = Payload(
            type: self.type,
            slug: self.slug,
            title: PayloadLimits.cut(html: self.texts[.name] ?? "", toBytes: PayloadLimits.titleBytes),
            shortDescription: PayloadLimits.cut(html: description ?? "", toBytes: PayloadLimits.descriptionBytes),
            version: version,
            stableTag: self.type == .plugin ? self.texts.nonEmpty(.stableTag) : nil,
            requiresPHP: self.word(.requiresPHP),
            requiresWordPress: self.word(.requires),
            testedWordPress: self.word(.tested),
            author: PayloadLimits.cut(html: self.texts[.author] ?? "", toBytes: PayloadLimits.titleBytes),
            authorURL: self.address(.authorURL),
            homepage: self.address(.homepage),
            lastUpdatedSeconds: updated ?? self.texts[.lastUpdated].flatMap(DirectoryDate.seconds),
            downloadLink: self.address(.downloadLink),
            versions: versions
        )
        return .active(payload, PackageFacts(activeInstalls: self.texts[.activeInstalls].flatMap { Int64($0) }))
    }

    private func word(_ field: Field) -> String? { self.text(field, upTo: PayloadLimits.wordBytes) }

    private func address(_ field: Field) -> String? { self.text(field, upTo: PayloadLimits.addressBytes) }

    /// nil where there is nothing, or more than `limit` bytes.
    private func text(_ field: Field, upTo limit: Int) -> String? {
        self.texts.nonEmpty(field).flatMap { $0.utf8.count <= limit ? $0 : nil }
    }

    private func lacking(_ field: String) -> Unusable {
        Unusable(reason: "the answer about '\(self.slug)' has no usable '\(field)'")
    }
}

extension JSONReader {
    /// Reads a value of any kind as yes or no.
    fileprivate mutating func readIsTrue() throws -> Bool {
        let range = try self.skipValue()
        return self.bytes.span.holds("true", at: range)
    }
}

extension Dictionary where Value == String {
    fileprivate func nonEmpty(_ key: Key) -> String? { self[key].flatMap { $0.isEmpty ? nil : $0 } }
}

extension Substring {
    fileprivate func trimmingPeriod() -> Substring { self.last == "." ? self.dropLast() : self }
}
