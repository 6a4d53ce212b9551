import Composer

/// One version of a package, chosen to be published.
struct PublishedVersion {
    /// The tag without white space around it: what Composer shows.
    var pretty: String
    /// The normal form, unique within a package.
    var normalized: String
    var stability: Stability
    /// The tag as upstream sent it.
    var tag: String
    /// The archive, as upstream sent it.
    var url: String
    /// Whether this is the version that upstream says is live.
    var isLive: Bool

    /// What ``normalized`` begins with, where that is four numbers.
    private(set) var key: VersionKey?

    /// Nil when the tag is no version with numbers, or its link cannot be fetched.
    init?(_ link: VersionLink, live: String?) {
        guard let normalized = Version.numericNormalForm(link.tag), WebAddress.isFetchable(link.url) else { return nil }
        self.pretty = Version.trimmed(link.tag)
        self.normalized = normalized
        self.stability = Version.stability(ofNormalized: normalized)
        self.tag = link.tag
        self.url = link.url
        self.isLive = normalized == live
        self.key = VersionKey(normalized)
    }

    /// Compares as Composer does: negative, zero or positive.
    static func compare(_ a: PublishedVersion, _ b: PublishedVersion) -> Int {
        if let aKey = a.key, let bKey = b.key, let order = VersionKey.compare(aKey, bKey) { return order }
        return Version.compare(normalized: a.normalized, normalized: b.normalized)
    }
}

extension Version {
    /// `version` without what PHP's `trim` removes.
    static func trimmed(_ version: String) -> String {
        guard let first = version.utf8.first, let last = version.utf8.last, first.isTrimmed || last.isTrimmed
        else { return version }
        var version = version
        return version.withUTF8 { String(decoding: self.trimmed($0) as Bytes, as: UTF8.self) }
    }

    /// The normal form of a version that has numbers; nil for what is none, and for names of branches.
    static func numericNormalForm(_ version: String) -> String? {
        self.normalize(version).flatMap { $0.utf8.starts(with: "dev-".utf8) ? nil : $0 }
    }
}
