import Configuration
import FoundationEssentials

/// Every setting that is wrong, each with its value and what it takes.
package struct InvalidSettings: Error, CustomStringConvertible {
    package var problems: [String]

    package init(problems: [String]) { self.problems = problems }

    /// Without a bucket `sync` has nothing to do.
    package static let noBucket = InvalidSettings(problems: [
        "PACKLINE_BUCKET_URL is none: there is nothing to sync to, because serve publishes by itself; "
            + "do not run sync, or set a bucket"
    ])

    package var description: String { self.problems.joined(separator: "\n") }
}

/// Reads settings and collects what is wrong with them, so that all is said at once.
struct SettingsReader {
    let reader: ConfigReader
    var problems: [String] = []

    init(reader: ConfigReader) { self.reader = reader }

    /// The value of a variable, or of the file that `NAME_FILE` points to; nil when neither is set or it is empty.
    mutating func text(_ name: String) -> String? {
        let value = self.reader.string(forKey: Self.key(name))
        let file = self.reader.string(forKey: Self.key(name + "_FILE"))
        if let value, !value.isEmpty { return value }
        guard let file, !file.isEmpty else { return nil }
        guard let content = try? String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8) else {
            self.problems.append("\(name)_FILE is '\(file)', which can't be read")
            return nil
        }
        let trimmed = String(content.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The value of a variable that is the name of a file itself.
    func plainText(_ name: String) -> String? {
        self.reader.string(forKey: Self.key(name)).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of a header, nil for `none`.
    mutating func header(_ name: String, default fallback: String?) -> String? {
        guard let text = self.text(name) else { return fallback }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            self.problems.append(
                "\(name) has a character that no header has; it takes a value such as public, max-age=60, or none"
            )
            return fallback
        }
        return text == "none" ? nil : text
    }

    /// An http or https URL that may hold a secret in its path or query.
    mutating func webhook(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https",
            url.host()?.isEmpty == false, url.user() == nil, url.fragment() == nil
        else {
            self.problems.append("\(name) is not a URL such as https://HOST/PATH, without user and fragment")
            return nil
        }
        return text
    }

    mutating func list(_ name: String) -> [String]? {
        self.text(name).map { text in
            text.split(separator: ",").map { part in
                String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }.filter { !$0.isEmpty }
        }
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = self.text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            self.problems.append(
                "\(name) is '\(text)'; it takes a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return fallback
        }
        return value
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        default fallback: Choice
    ) -> Choice {
        guard let text = self.text(name) else { return fallback }
        guard let value = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            self.problems.append("\(name) is '\(text)'; it takes one of: \(known)")
            return fallback
        }
        return value
    }

    /// An http or https URL without user, query and fragment; a trailing slash is dropped.
    mutating func url(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard let url = URL(string: text), let scheme = url.scheme, scheme == "http" || scheme == "https",
            let host = url.host(), !host.isEmpty, url.user() == nil, url.query() == nil, url.fragment() == nil
        else {
            // The value is not repeated: it may hold a password.
            self.problems.append("\(name) is not a URL such as https://HOST/PATH, without user, query and fragment")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// `PACKLINE_S3_ENDPOINT` as swift-configuration's key `packline.s3.endpoint`.
    private static func key(_ name: String) -> ConfigKey {
        ConfigKey(name.split(separator: "_").map { $0.lowercased() })
    }
}
