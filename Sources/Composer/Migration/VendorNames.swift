/// What the vendors of other repositories of WordPress.org are called in this one.
package struct VendorNames: Sendable {
    /// Where a text names an old vendor, and what stands there from now on.
    struct Rename: Equatable {
        /// In bytes of the decoded text.
        var vendor: Range<Int>
        var new: String
    }

    /// Of WPackagist, and of WP Packages.
    private static let plugins = ["wpackagist-plugin", "wp-plugin"]
    private static let themes = ["wpackagist-theme", "wp-theme"]

    /// Where those two are asked for packages, under all the names that they have had.
    package static let hosts: Set<String> = [
        "wpackagist.org", "www.wpackagist.org", "wp-packages.org", "repo.wp-packages.org", "wp-composer.com",
        "repo.wp-composer.com",
    ]

    let plugin: String
    let theme: String
    private let renames: [String: String]
    private let kept: Set<String>
    /// What a text that was not changed may hold of the old ones.
    private let traces: [String]

    /// - Parameters:
    ///   - plugin: The vendor of plugins from now on; `theme` that of themes.
    ///   - kept: Names that stay as they are, because another repository has them.
    package init(plugin: String = "wp-plugin", theme: String = "wp-theme", kept: [String] = []) {
        self.plugin = plugin
        self.theme = theme
        self.kept = Set(kept.map { $0.lowercased() })
        var renames: [String: String] = [:]
        for old in Self.plugins where old != plugin { renames[old] = plugin }
        for old in Self.themes where old != theme { renames[old] = theme }
        self.renames = renames
        self.traces = renames.keys.map { $0 + "/" } + ["wpackagist.org", "wp-packages.org"]
    }

    /// What is wrong with the two names; nil when nothing is.
    ///
    /// A name that says plugins there and themes here would be renamed back by the next run.
    package static func problem(plugin: String, theme: String) -> String? {
        for (vendor, flag) in [(plugin, "--plugin-vendor"), (theme, "--theme-vendor")]
        where !PackageName.isValid("\(vendor)/x") {
            return "\(flag) is '\(vendor)'; it takes the first part of a package's name, such as wp-plugin"
        }
        if plugin == theme { return "--plugin-vendor and --theme-vendor are both '\(plugin)'; they have to differ" }
        if Self.themes.contains(plugin) { return "--plugin-vendor is '\(plugin)', which is a vendor of themes" }
        if Self.plugins.contains(theme) { return "--theme-vendor is '\(theme)', which is a vendor of plugins" }
        return nil
    }

    /// The rename of a name (`wpackagist-plugin/akismet`), a pattern of names (`wpackagist-plugin/*`), or a vendor as
    /// composer/installers writes it (`vendor:wpackagist-plugin`); nil for any other text.
    func rename(_ text: String) -> Rename? {
        let lower = text.lowercased()
        let start = lower.hasPrefix("vendor:") ? 7 : 0
        let parts = lower.utf8.dropFirst(start).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == (start == 0 ? 2 : 1),
            let vendor = parts.first.map({ String(decoding: $0, as: UTF8.self) }),
            let new = self.renames[vendor], !self.kept.contains(lower)
        else { return nil }
        if start == 0 {
            guard !parts[1].isEmpty, parts[1].allSatisfy(\.isNameOrPattern) else { return nil }
        }
        return Rename(vendor: start..<(start + vendor.utf8.count), new: new)
    }

    /// The text with its vendor renamed, or as it is.
    func renamed(_ text: String) -> String {
        guard let rename = self.rename(text) else { return text }
        var bytes = Array(text.utf8)
        bytes.replaceSubrange(rename.vendor, with: rename.new.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a pattern of names stands for plugins and themes of WPackagist alike: `wpackagist-*/*`.
    func isOfBoth(_ pattern: String) -> Bool {
        self.renames["wpackagist-plugin"] != nil
            && ["wpackagist-*", "wpackagist-*/*", "wpackagist*", "wpackagist*/*"].contains(pattern.lowercased())
    }

    /// Whether a text that stays speaks of an old vendor or host.
    package func isMentioned(in text: String) -> Bool {
        let lower = text.lowercased()
        return self.traces.contains { lower.contains($0) } && !self.kept.contains(lower)
    }
}

extension UInt8 {
    fileprivate var isNameOrPattern: Bool {
        self.isDigit || self &- 97 < 26
            || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "*")]
                .contains(self)
    }
}
