import Facts
import Upstream
import WordPress

/// The kinds of upstream that this build knows.
enum UpstreamKinds {
    /// One line a kind; nothing else outside its folder knows of it.
    private static var all: [any UpstreamKind.Type] {
        [WordPressDirectories.self, WordPressCore.self]
    }

    static var names: [SourceName] { self.all.flatMap { $0.names } }
    static var namesByDefault: [SourceName] { self.all.flatMap { $0.namesByDefault } }

    /// All sources that there are; each kind reads its own settings.
    static func sources(_ reader: inout SettingsReader) -> [any UpstreamSource] {
        var sources: [any UpstreamSource] = []
        for kind in self.all { sources += kind.sources(kind.names, &reader) }
        return sources
    }
}

extension SettingsReader: KindSettings {
    mutating func refuse(_ problem: String) { self.problems.append(problem) }
}
