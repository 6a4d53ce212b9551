import Advisories
import ComposerRepository
import Facts
import Pipeline
import Upstream

/// ## Environment variables
/// - `PACKLINE_ADVISORIES` (`upstream`, `off`, `separate` or `inline`; default `upstream`): whether what is known of
///   vulnerable versions is published, and where.
/// - `PACKLINE_ADVISORY_FEEDS`: who says it, separated by commas and in their order: `wordfence`, `packagist`,
///   `composer:NAME` of a source that has advisories, or `NAME=URL` of any other Composer repository that has.
/// - `PACKLINE_WORDFENCE_KEY`: the key of Wordfence Intelligence, which `wordfence` wants.
/// - `PACKLINE_WORDFENCE_URL`: where that feed is asked instead.
/// - `PACKLINE_ADVISORIES_MINUTES` (1 to 1,440; default 15): how often each feed is asked, at most.
extension AdvisorySettings {
    static let packagist = "https://repo.packagist.org"

    /// - Parameter sources: All that are configured.
    init(of sources: [any UpstreamSource], _ reader: inout SettingsReader) {
        self.init()
        let isSet = reader.text("PACKLINE_ADVISORIES") != nil
        self.mode = reader.choice("PACKLINE_ADVISORIES", default: .upstream)
        self.period = .seconds(60 * reader.integer("PACKLINE_ADVISORIES_MINUTES", default: 15, in: 1...1_440))
        let key = reader.headerText("PACKLINE_WORDFENCE_KEY")
        let url = reader.url("PACKLINE_WORDFENCE_URL")
        var names: Set<SourceName> = []
        for entry in reader.list("PACKLINE_ADVISORY_FEEDS") ?? [] {
            guard let feed = Self.feed(of: entry, sources) ?? Self.feed(entry, key: key, url: url, &reader) else {
                continue
            }
            if names.insert(feed.name).inserted {
                self.feeds.append(feed)
            } else {
                reader.refuse("PACKLINE_ADVISORY_FEEDS names '\(feed.name)' twice")
            }
        }
        if reader.text("PACKLINE_ADVISORY_FEEDS") == nil, self.joins {
            reader.refuse(
                "PACKLINE_ADVISORIES is '\(self.mode.rawValue)', and there is no feed to have advisories from: name some in "
                    + "PACKLINE_ADVISORY_FEEDS (wordfence, packagist, or NAME=URL of a Composer repository that has them)"
            )
        }
        if reader.text("PACKLINE_ADVISORY_FEEDS") != nil, self.mode == .upstream {
            reader.refuse(
                isSet
                    ? "PACKLINE_ADVISORIES is 'upstream', which publishes what upstream's documents say and nothing of "
                        + "PACKLINE_ADVISORY_FEEDS: set it to 'separate' or 'inline', or to 'off' for 'packline audit' alone"
                    : "PACKLINE_ADVISORY_FEEDS names feeds, and PACKLINE_ADVISORIES does not say where their advisories go: set "
                        + "it to 'separate' or 'inline', or to 'off' for 'packline audit' alone"
            )
        }
    }

    /// Of a source whose repository has advisories too, with the credentials that it has.
    private static func feed(of entry: String, _ sources: [any UpstreamSource]) -> Feed? {
        guard let source = sources.first(where: { $0.name.rawValue == entry }) as? RepositorySource,
            let url = try? RepositoryURL(source.settings.url)
        else { return nil }
        let (name, authentication) = (source.name, source.settings.authentication)
        return Feed(name: name) { client in
            ComposerAdvisoryFeed(name: name, url: url, authentication: authentication, client: client)
        }
    }

    private static func feed(
        _ entry: String,
        key: String?,
        url: String?,
        _ reader: inout SettingsReader
    ) -> Feed? {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = SourceName(parts[0])
        guard parts.count == 2 else {
            switch entry {
            case "wordfence":
                if let key { return self.wordfence(name, url, key) }
                reader.refuse(
                    "PACKLINE_ADVISORY_FEEDS names 'wordfence', which wants a key: set PACKLINE_WORDFENCE_KEY, better in its "
                        + "_FILE form (keys are free: https://www.wordfence.com/products/wordfence-intelligence/)"
                )
            case "packagist": return self.repository(name, Self.packagist, &reader)
            default:
                reader.refuse(
                    "PACKLINE_ADVISORY_FEEDS names '\(entry)'; it takes wordfence, packagist, NAME=URL, or a source such as "
                        + "composer:acme"
                        + Spelling.remedy(entry, ["wordfence", "packagist"])
                )
            }
            return nil
        }
        guard parts[0].wholeMatch(of: /[a-z0-9][a-z0-9-]{0,49}/) != nil else {
            reader.refuse(
                "PACKLINE_ADVISORY_FEEDS has a feed called '\(parts[0])'; before the '=' it takes small letters, digits and dashes"
            )
            return nil
        }
        return self.repository(name, parts[1], &reader)
    }

    private static func wordfence(_ name: SourceName, _ url: String?, _ key: String) -> Feed {
        Feed(name: name) { client in
            if let url { return WordfenceFeed(name: name, url: url, key: key, client: client) }
            return WordfenceFeed(name: name, key: key, client: client)
        }
    }

    private static func repository(_ name: SourceName, _ text: String, _ reader: inout SettingsReader) -> Feed? {
        do {
            let url = try RepositoryURL(text)
            return Feed(name: name) { ComposerAdvisoryFeed(name: name, url: url, client: $0) }
        } catch {
            reader.refuse("PACKLINE_ADVISORY_FEEDS gives '\(name)' an address that can't be used: \(error)")
            return nil
        }
    }
}
