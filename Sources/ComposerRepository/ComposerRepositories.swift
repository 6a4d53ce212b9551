package import Facts
package import Upstream

/// The kind of Composer repositories: `composer:NAME`, as many as are configured, each with a section of the
/// configuration file that ``RepositorySettings`` shows, or a single one with variables.
///
/// ## Environment variables
/// For a single source: see ``RepositoryVariables``.
package enum ComposerRepositories: UpstreamKind {
    private static let prefix = "composer:"

    package static var names: [SourceName] { [] }
    package static var namesByDefault: [SourceName] { [] }
    package static var form: String? { "composer:NAME" }

    package static func owns(_ name: SourceName) -> Bool { name.rawValue.hasPrefix(self.prefix) }

    /// The sources; here, and nowhere else, settings become sources.
    package static func sources(_ names: [SourceName], _ settings: inout some KindSettings) -> [any UpstreamSource] {
        self.repositories(names, &settings).compactMap { repository in
            do {
                var source = try RepositorySource(repository)
                source.listsAll = source.name != names.last
                return source
            } catch {
                settings.refuse("the url of composer:\(repository.name) can't be used: \(error)")
                return nil
            }
        }
    }

    /// The settings of these sources; those of which something is wrong, which is told to `settings`, are left out.
    package static func repositories(
        _ names: [SourceName],
        _ settings: inout some KindSettings
    ) -> [RepositorySettings] {
        let variables = RepositoryVariables(&settings)
        variables.check(names, &settings)
        return names.compactMap { source in
            let section = settings.section(of: source) ?? SettingValue(.none, at: source.rawValue)
            let name = String(source.rawValue.dropFirst(self.prefix.count))
            guard name.wholeMatch(of: /[a-z0-9][a-z0-9._-]{0,63}/) != nil else {
                settings.refuse(
                    "the source '\(source)' has no name that can be used; after 'composer:' it takes small letters, digits, "
                        + "'.', '_' and '-', at most 64"
                )
                return nil
            }
            return RepositorySettings(
                name: name,
                names.count == 1 ? variables.over(section) : section,
                of: source,
                &settings
            )
        }
    }
}
