import FoundationEssentials
import Pipeline
import Upstream

/// The forms that values have.
extension SettingsReader {
    /// A text of printable ASCII without spaces, as keys and tokens are; never repeated.
    mutating func token(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            self.problems.append("\(name) has a space or another character that no key or token has")
            return nil
        }
        return text
    }

    /// The value of a header, nil for `none`.
    mutating func header(_ name: String, default fallback: String?) -> String? {
        guard let text = self.headerText(name) else { return fallback }
        return text == "none" ? nil : text
    }

    /// A text that can be a part of a header.
    mutating func headerText(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard text.utf8.count <= 4_096, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            self.problems.append(
                "\(name) has a character that no header has; it takes printable ASCII, at most 4096 characters"
            )
            return nil
        }
        return text
    }

    /// An http or https URL that may hold a secret in its path or query.
    mutating func webhook(_ name: String) -> String? {
        guard let text = self.text(name) else { return nil }
        guard WebURL.parsed(text) != nil else {
            self.problems.append("\(name) is not a URL such as https://HOST/PATH, without user and fragment")
            return nil
        }
        return text
    }

    /// Entries separated by commas; at least one, and none of them empty.
    mutating func list(_ name: String) -> [String]? {
        guard let text = self.text(name) else { return nil }
        let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) }
        guard entries.allSatisfy({ !$0.isEmpty }) else {
            // The value is not repeated: it may be a secret.
            self.problems.append("\(name) has an empty entry; it takes entries separated by single commas")
            return nil
        }
        return entries
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        self.integer(name, in: range) ?? fallback
    }

    /// - Returns: nil where it is not set.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = self.text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            self.problems.append(
                "\(name) is '\(text)'; it takes a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
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
        guard let url = WebURL.parsed(text), url.query() == nil else {
            // The value is not repeated: it may hold a password.
            self.problems.append("\(name) is not a URL such as https://HOST/PATH, without user, query and fragment")
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
