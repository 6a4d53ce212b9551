import Composer
import Store
package import WordPress

/// What the pages and the metrics need to know of the settings.
package struct PageSettings: Sendable {
    /// Vendors and addresses, as `update` uses them.
    package var derivation: DerivationSettings
    package var version: String
    /// How long ago the last successful `discover` and `sync` may be for `/readyz`; 0 is not checked.
    package var readyMaxLagSeconds: Int
    /// There is no bucket: `serve` publishes, and `sync` never runs.
    package var publishesItself: Bool

    package init(
        derivation: DerivationSettings = DerivationSettings(),
        version: String = "unknown",
        readyMaxLagSeconds: Int = 0,
        publishesItself: Bool = false
    ) {
        self.derivation = derivation
        self.version = version
        self.readyMaxLagSeconds = readyMaxLagSeconds
        self.publishesItself = publishesItself
    }

    /// `wp-plugin/akismet` for a slug of a source; nil for sources that have no vendor here.
    func name(source: String, slug: String) -> String? {
        Self.type(ofSource: source).map { self.derivation.name(type: $0, slug: slug) }
    }

    /// The source and slug behind a name; nil when the vendor is not one of ours.
    func package(named name: String) -> (source: String, slug: String)? {
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        // A zero byte is in no name, and PostgreSQL has no text with one.
        guard parts.count == 2, !parts[1].isEmpty, !name.utf8.contains(0) else { return nil }
        return switch String(parts[0]) {
        case self.derivation.pluginVendor: (Self.pluginSource, String(parts[1]))
        case self.derivation.themeVendor: (Self.themeSource, String(parts[1]))
        default: nil
        }
    }

    static let pluginSource = "wordpress-plugins"
    static let themeSource = "wordpress-themes"

    static func type(ofSource source: String) -> PackageType? {
        switch source {
        case Self.pluginSource: .plugin
        case Self.themeSource: .theme
        default: nil
        }
    }

    /// The stages that are to run.
    var stages: [Stage] { self.publishesItself ? [.discover, .update] : Stage.allCases }

    /// How long a stage may be silent before the pages call it stale.
    var staleAfterMilliseconds: Int64 {
        self.readyMaxLagSeconds > 0 ? Int64(self.readyMaxLagSeconds) * 1_000 : 3 * 3_600_000
    }
}
