import Facts
import FoundationEssentials
import Pipeline
import Upstream

/// Reads settings and collects what is wrong with them, so that all is said at once.
///
/// A variable of the environment wins over the file that `PACKLINE_CONFIG` names, together with its `NAME_FILE`.
struct SettingsReader {
    private let environment: [String: String]
    var file: ConfigurationFile?
    var problems: [String] = []
    /// All variables that were asked for, set or not.
    var askedNames: Set<String> = ["PACKLINE_CONFIG"]
    /// Where a value of the file stands that was read in the place of a variable.
    var places: [String: String] = [:]
    /// The file's keys for all variables that were read.
    var askedKeys: Set<String> = []
    /// Sections of the file that a kind has read.
    var askedSections: Set<SourceName> = []
    /// Sources whose packages are not for everybody.
    var privateSources: [SourceName] = []

    init(environment: [String: String]) {
        self.environment = environment
        if let path = self.value("PACKLINE_CONFIG"), !path.isEmpty { self.file = ConfigurationFile(path: path) }
        // Its name is easily taken for the right one, and what it says would not be read.
        if self.value("PACKLINE_CONFIG_FILE")?.isEmpty == false {
            self.problems.append("PACKLINE_CONFIG_FILE is not read: name the configuration file in PACKLINE_CONFIG")
        }
    }

    /// Variables whose value is a secret, or may hold one: set and empty, they are an error.
    ///
    /// What was to be protected would be open otherwise, or another database or bucket would be taken.
    static let secrets: Set<String> = [
        "PACKLINE_DATABASE_URL", "PACKLINE_AUTH_BASIC", "PACKLINE_AUTH_BEARER", "PACKLINE_CLOUDFLARE_TOKEN",
        "PACKLINE_PURGE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "PACKLINE_COMPOSER_PASSWORD", "PACKLINE_COMPOSER_TOKEN",
        "PACKLINE_COMPOSER_HEADER_VALUE", "PACKLINE_GITHUB_TOKEN", "PACKLINE_WORDFENCE_KEY",
    ]

    /// The value of a variable, or of the file that `NAME_FILE` points to, without white space at its ends; nil when
    /// neither is set.
    ///
    /// A variable that is empty counts as not set, but for ``secrets``. A file that is empty is an error.
    mutating func text(_ name: String) -> String? {
        self.askedNames.insert(name)
        if let key = ConfigurationFile.key(of: name) { self.askedKeys.formUnion([key, key + "-file"]) }
        if self.value(name) != nil || self.value(name + "_FILE") != nil, let text = self.variable(name) { return text }
        return self.textOfFile(name)
    }

    /// The same of the environment alone.
    mutating func variable(_ name: String) -> String? {
        self.askedNames.insert(name)
        let value = self.value(name)
        let file = self.value(name + "_FILE")
        if let value, !value.isEmpty { return self.line(value, name) }
        if let file, !file.isEmpty { return self.line(ofFile: file, name + "_FILE") }
        if value != nil || file != nil, Self.secrets.contains(name) {
            self.problems.append(
                value == nil
                    ? "\(name)_FILE is set and empty, and \(name) is a secret: name its file, or do not set it"
                    : "\(name) is set and empty, and is a secret: give it a value, or do not set it"
            )
        }
        return nil
    }

    /// The value of a variable that is the name of a file itself.
    mutating func plainText(_ name: String) -> String? {
        self.askedNames.insert(name)
        return self.value(name).flatMap { $0.isEmpty ? nil : self.line($0, name) }
    }

    /// The value of a variable that others write in small letters, which win as they do with curl.
    mutating func eitherCase(_ name: String) -> String? {
        if let value = self.environment[name.lowercased()], !value.isEmpty { return value }
        return self.text(name)
    }

    private func value(_ name: String) -> String? {
        self.environment[name].map { String($0.trimmed) }
    }

    /// The one line that a file holds.
    ///
    /// - Parameter place: What named the file.
    mutating func line(ofFile path: String, _ place: String) -> String? {
        guard let content = try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) else {
            self.problems.append("\(place) is '\(path)', which can't be read")
            return nil
        }
        let text = content.trimmed
        guard !text.isEmpty else {
            self.problems.append("\(place) is '\(path)', which is empty")
            return nil
        }
        return self.line(String(text), place)
    }

    /// A line break in the middle of a value is a mistake that would show as anything but that.
    mutating func line(_ text: String, _ name: String) -> String? {
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            self.problems.append("\(name) has a line break or control character in it; it takes one line")
            return nil
        }
        return text
    }
}
