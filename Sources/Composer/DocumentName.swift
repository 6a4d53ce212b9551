/// Whose document it is, and which of the two: `p2/acme/site-kit~dev.json`.
package struct DocumentName: Hashable, Sendable {
    /// Where the documents of packages are.
    package static let folder = "p2/"
    private static let suffix = ".json"
    private static let devSuffix = "~dev"

    /// Vendor and name, as in `acme/site-kit`.
    package let package: String
    package let isDev: Bool

    /// - Returns: nil for a document that belongs to no package.
    package init?(path: String) {
        guard path.hasPrefix(Self.folder), path.hasSuffix(Self.suffix) else { return nil }
        let name = path.dropFirst(Self.folder.count).dropLast(Self.suffix.count)
        self.isDev = name.hasSuffix(Self.devSuffix)
        self.package = String(self.isDev ? name.dropLast(Self.devSuffix.count) : name)
    }

    private init(package: String, isDev: Bool) {
        self.package = package
        self.isDev = isDev
    }

    /// That of a package's releases.
    package static func main(of package: String) -> DocumentName { DocumentName(package: package, isDev: false) }

    /// That of a package's branches.
    package static func dev(of package: String) -> DocumentName { DocumentName(package: package, isDev: true) }

    package var main: DocumentName { Self.main(of: self.package) }
    package var dev: DocumentName { Self.dev(of: self.package) }

    /// As Packagist's feed writes it: `vendor/name`, or `vendor/name~dev`.
    package var text: String { self.package + (self.isDev ? Self.devSuffix : "") }

    /// Below the root of the repository.
    package var path: String { Self.folder + self.text + Self.suffix }
}
