import Facts
import FoundationEssentials
import Upstream

extension RepositorySettings {
    /// Where Packagist is, and how many requests at once it allows: https://packagist.org/apidoc#best-practices.
    private static let packagist = (name: "packagist", url: "https://repo.packagist.org", concurrency: 10)

    /// Reads the section of a source.
    ///
    /// - `url` (needed, but for `packagist`): where its `packages.json` is below.
    /// - `authentication`: see ``RepositoryAuthentication``; the repository then has to be declared private.
    /// - `only` (default: everything), `exclude`: names, patterns, `composer.json` and `composer.lock` files.
    /// - `require` (default: false): also what the packages of `only` require, and what that requires.
    /// - `require-limit` (1 to 1,000,000; default 20,000): how many packages may be fetched because others require them.
    /// - `rate` (0.001 to 10,000, or 0 for no limit): requests a second.
    /// - `requests-at-once` (1 to 1,000; of Packagist at most 10, which is the default).
    /// - `period` (`1m` to `365d`): how often each package is looked at where upstream does not tell what changes.
    ///
    /// - Returns: nil where something is wrong, which is told to `settings`.
    init?(name: String, _ value: SettingValue, of source: SourceName, _ settings: inout some KindSettings) {
        var section = SettingsSection(value)
        let url = Self.url(&section, name)
        self.init(name: name, url: url ?? "")
        if let value = section.value("authentication") {
            // Said of one that can't be read as well: it was meant to be one.
            settings.declarePrivate(source)
            self.authentication = RepositoryAuthentication(value, &section, &settings)
        }
        self.readSelections(&section)
        self.requestsPerSecond = section.parsed("rate", "requests a second from 0.001 to 10000, or 0 for no limit") {
            text in Double(text).flatMap { $0 == 0 || (0.001...10_000).contains($0) ? $0 : nil }
        }
        let isPackagist = url.map(Self.isPackagist) ?? false
        self.concurrency = section.integer(
            "requests-at-once",
            in: 1...(isPackagist ? Self.packagist.concurrency : 1_000)
        )
        if isPackagist { self.concurrency = self.concurrency ?? Self.packagist.concurrency }
        self.periodSeconds = section.seconds(
            "period",
            in: 60...365 * 86_400,
            "a duration such as 30m, 12h or 7d, from 1m to 365d"
        )
        section.finish()
        section.problems.forEach { settings.refuse($0) }
        guard section.problems.isEmpty, url != nil else { return nil }
    }

    private mutating func readSelections(_ section: inout SettingsSection) {
        let wanted = "names, patterns and files"
        var problems: [String] = []
        let before = section.problems.count
        if let entries = section.list("only", of: wanted) {
            let selection = NameSelection(entries: entries, problems: &problems)
            if selection.isEmpty, problems.isEmpty, section.problems.count == before {
                problems.append("\(section.place(of: "only")) names no package; leave it out to take everything")
            }
            self.only = selection
        }
        if let entries = section.list("exclude", of: wanted) {
            self.exclude = NameSelection(entries: entries, problems: &problems)
        }
        self.requires = section.flag("require") ?? false
        if let limit = section.integer("require-limit", in: 1...1_000_000) { self.requireLimit = limit }
        if self.requires, self.only == nil {
            problems.append(
                "\(section.place(of: "require")) is true, and there is no 'only' to begin with: name packages there, or "
                    + "leave 'require' out, as everything is taken"
            )
        }
        problems.forEach { section.refuse($0) }
    }

    private static func url(_ section: inout SettingsSection, _ name: String) -> String? {
        let wanted = "a URL such as https://HOST/PATH, without user, query and fragment"
        guard section.value("url") != nil else {
            if name == Self.packagist.name { return Self.packagist.url }
            guard section.problems.isEmpty else { return nil }
            section.refuse(
                "\(section.place) has no url: set 'url' in its section of the file of PACKLINE_CONFIG, or "
                    + "PACKLINE_COMPOSER_URL where it is the only composer: source"
            )
            return nil
        }
        guard let text = section.text("url", wanted) else { return nil }
        let authority = text.drop { $0 != "/" }.drop { $0 == "/" }.prefix { !"/?#".contains($0) }
        // The value is not repeated: it may hold a password.
        if authority.contains("@") {
            section.refuse(
                "\(section.place(of: "url")) has credentials in it: take them out, and name them in 'authentication' "
                    + "(basic: user and password-file), or in PACKLINE_COMPOSER_USER and PACKLINE_COMPOSER_PASSWORD_FILE"
            )
            return nil
        }
        guard let url = WebURL.parsed(text), url.query() == nil else {
            section.refuse("\(section.place(of: "url")) is not \(wanted)")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func isPackagist(_ url: String) -> Bool {
        let host = URL(string: url)?.host()?.lowercased() ?? ""
        return host == "packagist.org" || host.hasSuffix(".packagist.org")
    }
}
