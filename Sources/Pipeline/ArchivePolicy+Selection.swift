import Composer
import Facts
import Store
import Upstream

extension ArchivePolicy {
    /// Which of a package's archives are wanted.
    ///
    /// - Parameter refused: Those that were found to be too large, with the bytes that they have more of.
    func selection(
        of archives: [UpstreamArchive],
        package name: String,
        refused: [ContentHash: Int64] = [:]
    ) -> [ListedArchive] {
        let archives = archives.filter(\.isKeepable)
        var wanted: Set<String> = []
        if self.selects(package: name) {
            var versions = Set(archives.filter(\.isFetchable).map(\.version))
            if self.isStableOnly { versions = versions.filter { Version.stability(ofNormalized: $0) == .stable } }
            if let latest, versions.count > latest {
                // Those that compare equal, in an order all the same.
                let newest = versions.sorted { a, b in
                    let order = Version.compare(normalized: a, normalized: b)
                    return order == 0 ? a < b : order > 0
                }
                versions = Set(newest.prefix(latest))
            }
            wanted = versions
        }
        return archives.map { archive in
            let isTooLarge = refused[archive.identityHash].map { $0 >= self.maxBytes ?? .max } ?? false
            return ListedArchive(
                archive,
                isWanted: archive.isFetchable && wanted.contains(archive.version) && !isTooLarge,
                maxBytes: self.maxBytes
            )
        }
    }
}

extension UpstreamArchive {
    /// What no address is longer than.
    private static let mostBytes = 4_096

    /// Whether its texts are such as both databases keep.
    fileprivate var isKeepable: Bool {
        [self.version, self.type, self.url, self.reference ?? "", self.shasum ?? ""].allSatisfy { text in
            text.utf8.count <= Self.mostBytes && !text.utf8.contains(0)
        }
    }

    /// Whether it is of a form that is known, and its address one that can be asked: no folder of somebody's machine, and no
    /// template that Composer fills in.
    fileprivate var isFetchable: Bool {
        ["zip", "tar"].contains(self.type) && !self.url.contains("%reference%") && !self.url.contains("%version%")
            && WebURL.parsed(self.url) != nil
    }
}
