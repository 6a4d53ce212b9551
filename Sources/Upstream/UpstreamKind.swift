package import Facts

/// A way of asking upstreams, and the sources that there are of it.
package protocol UpstreamKind {
    /// The names of its sources.
    static var names: [SourceName] { get }
    /// Those of them that are on where nothing is set.
    static var namesByDefault: [SourceName] { get }

    /// The sources of these names, with the kind's own settings.
    static func sources(_ names: [SourceName], _ settings: inout some KindSettings) -> [any UpstreamSource]
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
}
