import Facts

/// What differs between the versions of one package in its documents.
struct DocumentEntry {
    var version: String
    var normalized: String
    /// The archive, not percent-encoded.
    var url: String
    /// What is put behind the archive's address so that other bytes have another address; it is not used by upstream.
    var query: String
    /// The path in Subversion, with its revision where that is known.
    var reference: String
    /// Seconds since 1970.
    var time: Int64?
    /// When it was first seen published, in seconds since 1970; nil where nobody has seen that.
    var published: Int64?
    /// Whether upstream's least PHP version is that of this version.
    var requiresPHP: Bool
}

extension DocumentEntry {
    /// Facts about the versions of one package, as its entries need them.
    struct Context {
        var payload: Payload
        var facts: LogFacts
        var trunkIsLive: Bool
        /// The archive of trunk.
        var trunkURL: String
        /// See ``KnownPackage/firstFetches``.
        var firstFetches: [String: Int64] = [:]

        func published(_ normalized: String) -> Int64? { self.firstFetches[normalized].map { $0 / 1000 } }
    }

    /// A version that has a tag.
    init(_ version: PublishedVersion, in context: Context) {
        let (path, fact) = Self.path(of: version.tag, in: context)
        self.version = version.pretty
        self.normalized = version.normalized
        self.url = version.url
        self.query = fact.map { "?rev=\($0.revision)" } ?? ""
        self.reference = Self.reference(path, fact)
        // The date of an answer is that of the live version; other versions have the date of their tag or none.
        self.time =
            fact?.appearedAtMilliseconds.map { $0 / 1000 }
            ?? (version.isLive ? context.payload.lastUpdatedSeconds : nil)
        self.published = fact?.appearedAtMilliseconds.map { $0 / 1000 } ?? context.published(version.normalized)
        self.requiresPHP = version.isLive
    }

    /// The trunk of a plugin, as a branch or as the version that it is.
    init(trunkIn context: Context, version: String = "dev-trunk", normalized: String = "dev-trunk") {
        let fact = context.facts["trunk"].flatMap { $0.revision > 0 ? $0 : nil }
        self.version = version
        self.normalized = normalized
        self.url = context.trunkURL
        self.query =
            fact.map { "?rev=\($0.revision)" } ?? context.payload.lastUpdatedSeconds.map { "?timestamp=\($0)" } ?? ""
        self.reference = Self.reference("trunk", fact)
        self.time =
            fact?.changedAtMilliseconds.map { $0 / 1000 }
            ?? (context.trunkIsLive ? context.payload.lastUpdatedSeconds : nil)
        // Each commit publishes the branch anew, and a version that trunk is when its archive is there.
        self.published =
            normalized == "dev-trunk"
            ? fact?.changedAtMilliseconds.map { $0 / 1000 } : context.published(normalized)
        self.requiresPHP = context.trunkIsLive
    }

    /// A version that trunk was.
    init(former: OwnVersion, in context: Context) {
        self.version = former.version
        self.normalized = former.normalized
        self.url = context.trunkURL
        self.query = ""
        self.reference = former.reference ?? "trunk"
        self.time = nil
        self.published = context.published(former.normalized)
        self.requiresPHP = false
    }

    /// Where a tag is in Subversion, and what the log says of that.
    private static func path(of tag: String, in context: Context) -> (String, LogFact?) {
        let folder = context.payload.type == .plugin ? "tags/" : ""
        let path = folder + tag
        if context.facts.isEmpty { return (path, nil) }
        func fact(_ path: String) -> LogFact? { context.facts[path].flatMap { $0.revision > 0 ? $0 : nil } }
        if let fact = fact(path) { return (path, fact) }
        // Upstream lists the directory ".1" as "0.1".
        if context.payload.type == .plugin, tag.utf8.starts(with: "0.".utf8) {
            let original = folder + tag.dropFirst()
            if let fact = fact(original) { return (original, fact) }
        }
        return (path, fact(folder))
    }

    private static func reference(_ path: String, _ fact: LogFact?) -> String {
        if let fact { return "\(path)@\(fact.revision)" }
        // Subversion takes what follows the last @ for a revision; an @ at the end says that there is none.
        return path.utf8.contains(UInt8(ascii: "@")) ? path + "@" : path
    }
}
