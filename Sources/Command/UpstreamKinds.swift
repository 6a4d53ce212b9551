import ComposerRepository
import Facts
import Upstream
import WordPress

/// The kinds of upstream that this build knows.
enum UpstreamKinds {
    /// One line a kind; nothing else outside its folder knows of it.
    private static var all: [any UpstreamKind.Type] {
        [WordPressDirectories.self, WordPressCore.self, ComposerRepositories.self]
    }

    static var names: [SourceName] { self.all.flatMap { $0.names } }
    static var namesByDefault: [SourceName] { self.all.flatMap { $0.namesByDefault } }

    /// The names that sources can have, for help and messages.
    static var forms: [String] { self.all.flatMap { $0.names.map(\.rawValue) + [$0.form].compactMap(\.self) } }

    static func owns(_ name: SourceName) -> Bool { self.all.contains { $0.owns(name) } }

    /// All sources that there are without being configured, and those that are; each kind reads its own settings.
    static func sources(configured: [SourceName], _ reader: inout SettingsReader) -> [any UpstreamSource] {
        var sources: [any UpstreamSource] = []
        for kind in self.all {
            let names = kind.names + configured.filter { kind.owns($0) && !kind.names.contains($0) }
            sources += kind.sources(names, &reader)
        }
        return sources
    }
}
