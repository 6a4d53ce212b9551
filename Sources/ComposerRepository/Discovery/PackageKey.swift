import Composer

/// Names under which packages can be asked for and published.
package enum PackageKey {
    /// The longest, in bytes: Packagist's own limit is 191, and with `~dev.json` it has to fit into a file's name.
    package static let maxLength = 200

    /// The name as Composer compares it, in lower case; nil where no package can have it.
    ///
    /// Letters of either case are taken. Beside Composer's grammar, which lets nothing leave its folder, the names that
    /// Composer refuses since 2.10 are none: those that end in `.json`, and vendors or projects named as devices of
    /// Windows (ValidatingArrayLoader 2.10.2, `hasPackageNamingError`).
    package static func of(_ name: String) -> String? {
        guard name.utf8.count <= self.maxLength else { return nil }
        // Not lowercased(): that makes ASCII letters of others, such as the sign of the Kelvin.
        let hasCapitals = name.utf8.contains { $0 &- UInt8(ascii: "A") < 26 }
        let key =
            hasCapitals
            ? String(decoding: name.utf8.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }, as: UTF8.self) : name
        guard PackageName.isValid(key), !key.hasSuffix(".json") else { return nil }
        guard !key.split(separator: "/").contains(where: self.isDevice) else { return nil }
        return key
    }

    private static func isDevice(_ word: Substring) -> Bool {
        switch word.utf8.count {
        case 3: ["nul", "con", "prn", "aux"].contains(word)
        case 4:
            (word.hasPrefix("com") || word.hasPrefix("lpt")) && word.utf8.last != UInt8(ascii: "0")
                && word.utf8.last.map { $0 &- UInt8(ascii: "0") < 10 } == true
        default: false
        }
    }
}
