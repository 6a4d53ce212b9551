import Wire

/// An end of a range of versions, as somebody wrote it down.
///
/// One that is no version and begins with one is cut to that:
/// - Of more than four numbers the first four are kept. Composer knows no version with a fifth, so all that are below
///   `1.2.3.4.5` are those up to `1.2.3.4`, and the range stays what it was.
/// - Where something else follows the numbers, it is left out, as Composer's audit does by itself since 2.8.11 (`<=3.20-test2`
///   is `<=3.20`).
package struct VersionBound: Sendable {
    private let version: String
    /// Whether numbers were left out.
    private let isCut: Bool
    /// Whether it is spelled otherwise than it was.
    package let isMended: Bool

    /// Nil for what does not begin with a version.
    package init?(_ text: String) {
        let version = text.filter { !$0.isWhitespace }
        // A branch is neither above nor below anything; and what separates parts of constraints is in no version.
        let isOne = !version.utf8.contains { ",|@# ".utf8.contains($0) }
        if isOne, let normal = Version.normalize(version), !normal.hasPrefix("dev-"),
            VersionConstraint("<=" + version) != nil
        {
            (self.version, self.isCut, self.isMended) = (version, false, version != text)
            return
        }
        let start = version.first == "v" || version.first == "V" ? version.dropFirst() : version[...]
        let numbers = start.prefix { $0 == "." || $0.isASCIIDigit }
            .split(separator: ".", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        let kept = numbers.prefix(4).joined(separator: ".")
        guard !kept.isEmpty, Version.normalize(kept) != nil else { return nil }
        (self.version, self.isCut, self.isMended) = (kept, numbers.count > 4, true)
    }

    /// `>=1.2`, or `>1.2` where the bound itself is outside.
    package func lower(includes bound: Bool) -> String { (bound && !self.isCut ? ">=" : ">") + self.version }

    /// `<=1.2`, or `<1.2` where the bound itself is outside.
    package func upper(includes bound: Bool) -> String { (bound || self.isCut ? "<=" : "<") + self.version }

    /// `=1.2`; nil where it was cut: what is left may be another version.
    package var exactly: String? { self.isMended && self.isCut ? nil : "=" + self.version }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}
