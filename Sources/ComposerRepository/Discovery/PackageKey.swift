import Composer

/// Names under which packages can be asked for and published.
package enum PackageKey {
    /// The longest, in bytes: Packagist's own limit is 191, and with `~dev.json` it has to fit into a file's name.
    package static let maxLength = 200

    /// The name as Composer compares it, in lower case; nil where no package can have it.
    ///
    /// Letters of either case are taken.
    package static func of(_ name: String) -> String? {
        guard name.utf8.count <= self.maxLength else { return nil }
        // Not lowercased(): that makes ASCII letters of others, such as the sign of the Kelvin.
        let hasCapitals = name.utf8.contains { $0 &- UInt8(ascii: "A") < 26 }
        let key =
            hasCapitals
            ? String(decoding: name.utf8.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }, as: UTF8.self) : name
        return PackageName.isInstallable(key) ? key : nil
    }
}
