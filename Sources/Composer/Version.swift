/// Version strings, as composer/semver 3 and PHP understand them.
///
/// What Composer makes of a version decides what an installation gets, so nothing here is an interpretation: every rule
/// is the regular expression of composer/semver 3.3.2 of the same purpose, written out by hand for speed.
package enum Version {
    /// The normal form of a version, `1.2.0.0-beta3` for `v1.2b3`; nil where composer/semver rejects the string.
    ///
    /// Names of branches are normalised too: `trunk` gives `dev-trunk`, and `dev-` followed by anything itself.
    package static func normalize(_ version: String) -> String? {
        var version = version
        return version.withUTF8 { self.normalize($0) }
    }

    /// The stability of a version in its normal form.
    package static func stability(ofNormalized version: String) -> Stability {
        if version.utf8.starts(with: "dev-".utf8) || version.utf8.reversed().starts(with: "ved-".utf8) { return .dev }
        guard let dash = version.utf8.firstIndex(of: UInt8(ascii: "-")) else { return .stable }
        let suffix = version.utf8[version.utf8.index(after: dash)...]
        if suffix.starts(with: "alpha".utf8) { return .alpha }
        if suffix.starts(with: "beta".utf8) { return .beta }
        if suffix.starts(with: "RC".utf8) { return .RC }
        return .stable
    }

    private static func normalize(_ version: Bytes) -> String? {
        let whole = self.trimmed(version)
        var text = self.withoutStabilityFlag(self.withoutAlias(whole))
        for branch in ["master", "trunk", "default"] as [StaticString] where text.equals(branch) {
            return "dev-\(branch)"
        }
        if text.hasPrefix("dev-", at: 0) {
            return "dev-" + String(decoding: text[4...], as: UTF8.self)
        }
        text = self.withoutBuildMetadata(text)
        return self.classical(text) ?? self.dated(text) ?? self.numericBranch(text)
    }
}
