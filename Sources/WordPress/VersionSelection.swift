import Composer

/// Which of the versions that upstream lists are published.
struct VersionSelection {
    /// Without dev versions, newest first.
    var main: [PublishedVersion] = []
    /// Tags such as `1.x-dev`, newest first; trunk is not among them.
    var dev: [PublishedVersion] = []
    /// The archive of trunk, where upstream lists a usable one.
    var trunkURL: String?
    /// Whether trunk is what upstream says is live.
    var trunkIsLive: Bool
    /// Tags that Composer takes for no version, or whose archive has no address to fetch it from.
    var invalidTags: [VersionLink] = []
    /// Stable tags above the live version: not released yet, or withdrawn.
    var heldBackTags: [String] = []
    /// Tags that are the same version to Composer as another.
    var collidingTags: [(tag: String, other: String)] = []

    init(_ payload: Payload) {
        let stableTag = payload.stableTag.map(Version.trimmed)
        self.trunkIsLive = payload.type == .plugin && stableTag == "trunk"
        let live = LiveVersion(stableTag: stableTag, headerVersion: payload.version)

        var candidates: [PublishedVersion] = []
        candidates.reserveCapacity(payload.versions.count)
        for link in payload.versions {
            if payload.type == .plugin, link.tag == "trunk" {
                self.trunkURL = WebAddress.isFetchable(link.url) ? link.url : nil
            } else if let version = PublishedVersion(link, live: live.normalized) {
                candidates.append(version)
            } else {
                self.invalidTags.append(link)
            }
        }

        let order = VersionOrder(stableTag: stableTag, headerVersion: Version.trimmed(payload.version))
        var previous: PublishedVersion?
        for place in order.places(of: candidates) {
            let version = candidates[place]
            if let previous, version.normalized == previous.normalized {
                self.collidingTags.append((version.tag, previous.tag))
                continue
            }
            previous = version
            if version.stability == .dev {
                self.dev.append(version)
            } else if version.stability == .stable, !version.isLive, live.isBelow(version) {
                self.heldBackTags.append(version.tag)
            } else {
                self.main.append(version)
            }
        }
    }
}

/// A total order of versions, newest first, that does not depend on the order in which they came.
///
/// Tags that normalise alike are neighbours in it, the one to publish first.
private struct VersionOrder {
    var stableTag: String?
    var headerVersion: String

    /// Where the versions are, in this order.
    ///
    /// A version is six strings, and the numbers of most tell their order: what is moved about and compared is those.
    func places(of versions: [PublishedVersion]) -> [Int] {
        var places = versions.indices.map { (key: versions[$0].key, place: $0) }
        places.sort { a, b in
            if let aKey = a.key, let bKey = b.key, let order = VersionKey.compare(aKey, bKey), order != 0 {
                return order > 0
            }
            return self.precedes(versions[a.place], versions[b.place])
        }
        return places.map(\.place)
    }

    private func precedes(_ a: PublishedVersion, _ b: PublishedVersion) -> Bool {
        let order = PublishedVersion.compare(a, b)
        if order != 0 { return order > 0 }
        // Other strings that compare equal (1.1, 1.01): Composer takes the first it meets, so the live one goes first.
        if a.isLive != b.isLive { return a.isLive }
        if a.normalized != b.normalized { return a.normalized < b.normalized }
        let (aRank, bRank) = (self.rank(a), self.rank(b))
        if aRank != bRank { return aRank < bRank }
        if a.tag.utf8.count != b.tag.utf8.count { return a.tag.utf8.count < b.tag.utf8.count }
        return a.tag.utf8.lexicographicallyPrecedes(b.tag.utf8)
    }

    private func rank(_ version: PublishedVersion) -> Int {
        version.pretty == self.stableTag ? 0 : version.pretty == self.headerVersion ? 1 : 2
    }
}
