import Facts
import Upstream

/// The settings of a single Composer repository as variables; they win over its section, and authentication over all of
/// the section's.
///
/// - `PACKLINE_COMPOSER_URL`
/// - `PACKLINE_COMPOSER_USER` with `PACKLINE_COMPOSER_PASSWORD`; or `PACKLINE_COMPOSER_TOKEN`; or
///   `PACKLINE_COMPOSER_HEADER_NAME` with `PACKLINE_COMPOSER_HEADER_VALUE`
/// - `PACKLINE_COMPOSER_ONLY`, `PACKLINE_COMPOSER_EXCLUDE`: entries separated by commas.
/// - `PACKLINE_COMPOSER_REQUIRE` (`true` or `false`), `PACKLINE_COMPOSER_REQUIRE_LIMIT`
/// - `PACKLINE_COMPOSER_RATE`, `PACKLINE_COMPOSER_REQUESTS_AT_ONCE`, `PACKLINE_COMPOSER_PERIOD`
struct RepositoryVariables {
    private var members: [SettingMember] = []
    /// Those that are set.
    private var names: [String] = []

    init(_ settings: inout some KindSettings) {
        for (name, key) in [
            ("PACKLINE_COMPOSER_URL", "url"), ("PACKLINE_COMPOSER_REQUIRE", "require"),
            ("PACKLINE_COMPOSER_REQUIRE_LIMIT", "require-limit"),
            ("PACKLINE_COMPOSER_RATE", "rate"), ("PACKLINE_COMPOSER_REQUESTS_AT_ONCE", "requests-at-once"),
            ("PACKLINE_COMPOSER_PERIOD", "period"),
        ] {
            if let text = settings.variable(name) { self.add(name, key, .text(text)) }
        }
        for (name, key) in [("PACKLINE_COMPOSER_ONLY", "only"), ("PACKLINE_COMPOSER_EXCLUDE", "exclude")] {
            guard let text = settings.variable(name) else { continue }
            let entries = text.split(separator: ",", omittingEmptySubsequences: false)
            self.add(name, key, .list(entries.map { SettingValue(.text(Self.trimmed($0)), at: name) }))
        }
        self.addAuthentication(&settings)
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(
            start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)
        )
    }

    private mutating func add(_ name: String, _ key: String, _ content: SettingValue.Content) {
        self.names.append(name)
        self.members.append(SettingMember(key: key, value: SettingValue(content, at: name)))
    }

    private mutating func addAuthentication(_ settings: inout some KindSettings) {
        var schemes: [SettingMember] = []
        for (scheme, text, secret) in [
            ("basic", ("PACKLINE_COMPOSER_USER", "user"), ("PACKLINE_COMPOSER_PASSWORD", "password")),
            ("header", ("PACKLINE_COMPOSER_HEADER_NAME", "name"), ("PACKLINE_COMPOSER_HEADER_VALUE", "value")),
        ] {
            let value = settings.variable(text.0)
            let hasSecret = settings.variable(secret.0) != nil
            guard value != nil || hasSecret else { continue }
            self.names += (value == nil ? [] : [text.0]) + (hasSecret ? [secret.0] : [])
            guard let value, hasSecret else {
                settings.refuse("\(text.0) and \(secret.0) (or \(secret.0)_FILE) belong together: set both")
                continue
            }
            schemes.append(
                Self.section(scheme, [(text.1, value, text.0), ("\(secret.1)-variable", secret.0, secret.0)])
            )
        }
        if settings.variable("PACKLINE_COMPOSER_TOKEN") != nil {
            self.names.append("PACKLINE_COMPOSER_TOKEN")
            schemes.append(
                Self.section("bearer", [("token-variable", "PACKLINE_COMPOSER_TOKEN", "PACKLINE_COMPOSER_TOKEN")])
            )
        }
        guard !schemes.isEmpty else { return }
        let place = schemes.map(\.value.place).joined(separator: " with ")
        self.members.append(SettingMember(key: "authentication", value: SettingValue(.section(schemes), at: place)))
    }

    private static func section(_ key: String, _ texts: [(key: String, text: String, name: String)]) -> SettingMember {
        let members = texts.map { SettingMember(key: $0.key, value: SettingValue(.text($0.text), at: $0.name)) }
        return SettingMember(key: key, value: SettingValue(.section(members), at: texts[0].name))
    }

    /// The variables say nothing of which source they mean, so there has to be one.
    func check(_ sources: [SourceName], _ settings: inout some KindSettings) {
        guard !self.names.isEmpty, sources.count != 1 else { return }
        let names = self.names.joined(separator: ", ")
        settings.refuse(
            sources.isEmpty
                ? "\(names) set, and no source of that kind is on: add composer:NAME to PACKLINE_SOURCES"
                : "\(names) set, and there are several sources to mean (\(sources.map(\.rawValue).joined(separator: ", "))): "
                    + "give each a section in the file of PACKLINE_CONFIG"
        )
    }

    /// The section of the one source with the variables over it.
    func over(_ section: SettingValue) -> SettingValue {
        guard !self.members.isEmpty else { return section }
        switch section.content {
        case .none: return SettingValue(.section(self.members), at: section.place)
        case .section(let members):
            let rest = members.filter { member in !self.members.contains { $0.key == member.key } }
            return SettingValue(.section(self.members + rest), at: section.place)
        // It is said that it is none.
        case .text, .list: return section
        }
    }
}
