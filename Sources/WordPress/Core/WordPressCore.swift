package import Facts
package import Upstream

/// The kind of WordPress itself.
///
/// Its packages are `wp-core/wordpress`, and `wp-core/wordpress-no-content` without the plugins and themes that come with
/// it. Off unless it is named.
///
/// ## Environment variables
/// - `PACKLINE_WPORG_API_URL` (default: the real WordPress.org): where it is asked.
/// - `PACKLINE_WPORG_CORE_URL` (default `https://downloads.wordpress.org/release`): where checksums are asked for.
/// - `PACKLINE_WPORG_PUBLISHED_CORE_URL` (the same default): where documents say that its archives are.
package enum WordPressCore: UpstreamKind {
    package static let name = SourceName("wordpress-core")
    package static var names: [SourceName] { [self.name] }
    package static var namesByDefault: [SourceName] { [] }

    package static func sources(_ names: [SourceName], _ settings: inout some KindSettings) -> [any UpstreamSource] {
        var source = CoreSource()
        source.apiURL = settings.url("PACKLINE_WPORG_API_URL") ?? source.apiURL
        source.askedURL = settings.url("PACKLINE_WPORG_CORE_URL") ?? source.askedURL
        source.archivesURL = settings.url("PACKLINE_WPORG_PUBLISHED_CORE_URL") ?? source.archivesURL
        return names.map { _ in source }
    }
}

/// WordPress itself as a source.
package struct CoreSource: UpstreamSource {
    package var apiURL = "https://api.wordpress.org"
    package var askedURL = "https://downloads.wordpress.org/release"
    package var archivesURL = "https://downloads.wordpress.org/release"

    package init() {}

    /// Its packages, and what their archives' names end in.
    static let suffixes = ["wordpress": "", "wordpress-no-content": "-no-content"]
    private static let vendor = "wp-core"
    private static let serializerVersion = 1
    private static let partName = PayloadPart.whole

    package var name: SourceName { WordPressCore.name }
    package var shortName: String { "core" }
    package var packageType: String { "wordpress-core" }
    package var patterns: [String] { ["\(Self.vendor)/*"] }
    package var naming: String { Self.vendor }
    package var fingerprint: String { "\(Self.serializerVersion) \(self.archivesURL)" }
    /// What was published is kept to ask for no checksum twice.
    package var wantsStoredPayloads: Bool { true }

    package func isKey(_ key: String) -> Bool { Self.suffixes[key] != nil }
    package func packageName(of key: String) -> String? { self.isKey(key) ? "\(Self.vendor)/\(key)" : nil }
    package func page(of key: String) -> String? { "https://wordpress.org/download/releases/" }
    package var archiveAccess: ArchiveAccess { ArchiveAccess(url: self.archivesURL) }
    package func asker(_ client: UpstreamClient) -> CoreAsker { CoreAsker(source: self, client: client) }

    package func parts(of payload: CoreReleases) -> [PayloadPart] {
        [PayloadPart(name: Self.partName, bytes: payload.canonicalJSON())]
    }

    package func payload(of parts: [PayloadPart], key: String) throws -> CoreReleases {
        try CoreReleases(canonicalJSON: parts.first?.bytes ?? [])
    }

    package func traits(of payload: CoreReleases) -> PackageTraits {
        PackageTraits(title: "WordPress", version: payload.releases.first { $0.status == "latest" }?.version)
    }

    /// A release changes what `stable-check` says; until then nothing does.
    ///
    /// An archive that is not there yet is looked for: that of the latest release until it is, others, of which some will
    /// never be, for a day at growing intervals.
    package func look(
        at package: KnownPackage,
        _ answer: PackageAnswer<CoreReleases>,
        nowMilliseconds: Int64
    ) -> Look {
        switch answer {
        case .active(let payload, _):
            if !payload.releases.contains(where: { $0.status == "latest" && $0.shasum != nil }) {
                return Look(isBehind: true, nextMilliseconds: 3_600_000)
            }
            let isAwaited = package.looks < 8 && payload.releases.contains(where: \.lacksArchive)
            return Look(isBehind: isAwaited, nextMilliseconds: isAwaited ? 600_000 << Int64(package.looks) : nil)
        case .unchanged, .partsChanged: return Look(nextMilliseconds: nil)
        case .closed, .notFound: return Look(nextMilliseconds: 86_400_000)
        }
    }

    func archive(of version: String, _ key: String) -> String {
        "wordpress-\(version)\(Self.suffixes[key] ?? "").zip"
    }
}
