/// What the path of a document says: `p2/wp-plugin/akismet~dev.json`.
struct DocumentName: Equatable {
    private static let (folder, suffix, devSuffix) = ("p2/", ".json", "~dev")

    /// Vendor and name, as in `wp-plugin/akismet`.
    let package: String
    let isDev: Bool

    /// - Returns: nil for a document that belongs to no package.
    init?(path: String) {
        guard path.hasPrefix(Self.folder), path.hasSuffix(Self.suffix) else { return nil }
        let name = path.dropFirst(Self.folder.count).dropLast(Self.suffix.count)
        self.isDev = name.hasSuffix(Self.devSuffix)
        self.package = String(self.isDev ? name.dropLast(Self.devSuffix.count) : name)
    }

    /// A link to the package's page.
    func link(_ text: String) -> HTML { "<a href=\"\(SitePath.package(self.package))\"><bdi>\(text)</bdi></a>" }

    static func paths(of name: String) -> [String] {
        ["", Self.devSuffix].map { "\(Self.folder)\(name)\($0)\(Self.suffix)" }
    }
}
