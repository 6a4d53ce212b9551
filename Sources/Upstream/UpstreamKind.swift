package import Facts

/// A way of asking upstreams, and the sources that there are of it.
package protocol UpstreamKind {
    /// The names of the sources that there are without any being configured.
    static var names: [SourceName] { get }
    /// Those of them that are on where nothing is set.
    static var namesByDefault: [SourceName] { get }
    /// How the names are written of sources that there are as many of as are configured, such as `composer:NAME`; nil
    /// where ``names`` are all.
    static var form: String? { get }

    /// Whether a source of this name is, or would be, of this kind.
    static func owns(_ name: SourceName) -> Bool

    /// The sources of these names, with the kind's own settings.
    ///
    /// What is wrong with those is told to `settings`; a source of which something is wrong is left out, or has defaults.
    static func sources(_ names: [SourceName], _ settings: inout some KindSettings) -> [any UpstreamSource]
}

extension UpstreamKind {
    package static var form: String? { nil }
    package static func owns(_ name: SourceName) -> Bool { self.names.contains(name) }
}

/// How a kind reads its settings.
package protocol KindSettings {
    mutating func text(_ name: String) -> String?
    /// An http or https URL without a slash at its end.
    mutating func url(_ name: String) -> String?
    /// Entries separated by commas.
    mutating func list(_ name: String) -> [String]?
    /// Says what is wrong with a value; all problems are reported at once.
    mutating func refuse(_ problem: String)

    /// The section of a source in the configuration file; nil where it has none.
    ///
    /// A section that no kind asks for has to be empty.
    mutating func section(of source: SourceName) -> SettingValue?
    /// A variable that only counts in the environment, or the content of the file that `NAME_FILE` names.
    mutating func variable(_ name: String) -> String?
    /// The one line that a file holds.
    ///
    /// - Parameter place: What named the file, as messages begin.
    mutating func line(ofFile path: String, _ place: String) -> String?
    /// Says that what a source has is not for everybody: the repository has to be declared private.
    mutating func declarePrivate(_ source: SourceName)
}
