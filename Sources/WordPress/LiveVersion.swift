import Composer
import Wire

/// The version that upstream says is live: stable tags above it are not released yet, or were withdrawn.
struct LiveVersion {
    /// Its normal form; nil where Composer takes it for no version.
    let normalized: String?
    /// It as WordPress compares it, where Composer can't; nil for what is no version to WordPress either.
    private let text: String?

    /// - Parameter stableTag: The tag that is live, without white space around it.
    init(stableTag: String?, headerVersion: String) {
        // The tag decides, not the version in the header: the two differ in about one plugin of forty.
        self.normalized = stableTag.flatMap(Version.numericNormalForm) ?? Version.numericNormalForm(headerVersion)
        self.text =
            self.normalized == nil
            ? stableTag.flatMap(Self.comparable) ?? Self.comparable(Version.trimmed(headerVersion)) : nil
    }

    /// Whether a version other than the live one is above it.
    func isBelow(_ version: PublishedVersion) -> Bool {
        if let normalized { return Version.compare(normalized: version.normalized, normalized: normalized) > 0 }
        guard let text, let other = Self.comparable(version.pretty) else { return false }
        return Version.compare(normalized: other, normalized: text) > 0
    }

    /// `2.9.1 (2008-12-23)` and `0.7.9.9.9` as they are, `v1.0` and `v.1.0` without what stands before the number, `.9`
    /// as `0.9`; nil for what begins with no number, because PHP takes that for less than any version.
    private static func comparable(_ version: String) -> String? {
        var rest = version[...].utf8
        if let first = rest.first, first.lowercased == UInt8(ascii: "v") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst() }
        }
        let text = (rest.first == UInt8(ascii: ".") ? "0" : "") + Substring(rest)
        return text.utf8.first?.isDigit == true ? text : nil
    }
}
