import ObjectStorage
import Pipeline
import Site
import WordPress

extension PageSettings {
    /// What `serve` tells under these settings.
    init(_ settings: Settings) {
        let derivation = settings.derivation
        self.init(
            publicURL: derivation.publicURL,
            closedPolicy: derivation.closedPolicy,
            sources: SourceName.allCases.map { source in
                let isPlugin = source.type == .plugin
                let repository = isPlugin ? derivation.pluginsSubversionURL : derivation.themesSubversionURL
                return SourcePages(
                    name: source.rawValue,
                    packageType: source.type.rawValue,
                    page: { "https://wordpress.org/\(isPlugin ? "plugins" : "themes")/\($0)/" },
                    repository: { "\(repository)/\($0)/" }
                )
            },
            version: PacklineVersion.current,
            readyMaxLagSeconds: settings.readyMaxLagSeconds,
            publishesItself: settings.bucket == .nowhere
        )
    }
}
