import Facts
import ObjectStorage
import Pipeline
import Site
import Upstream

extension PageSettings {
    /// What `serve` tells under these settings.
    init(_ settings: Settings) {
        self.init(
            publicURL: settings.stages.publicURL,
            closedPolicy: settings.stages.publication.closedPolicy,
            sources: settings.stages.sources.map { source in
                SourcePages(
                    name: source.name.rawValue,
                    packageType: source.packageType,
                    page: { source.page(of: $0) },
                    repository: { source.repository(of: $0) },
                    profile: source.profile
                )
            },
            owning: settings.stages.owning,
            version: PacklineVersion.current,
            readyMaxLagSeconds: settings.readyMaxLagSeconds,
            publishesItself: settings.stages.bucket == .nowhere,
            archiveBudgetBytes: settings.stages.archives.budgetBytes,
            advisoryFeeds: settings.stages.advisories.feeds.map(\.name),
            asksPassword: !settings.basicCredentials.isEmpty,
            asksToken: !settings.bearerTokens.isEmpty
        )
    }
}
