/// What a path of a mount is for.
struct ComposerAddress: Sendable {
    let mount: ComposerMount
    /// Whether it was asked for on the other host, where redirects lead.
    let isElsewhere: Bool
    let route: SandboxRoute
    /// The path below the mount, decoded, without a slash in front.
    let path: String
    /// Of documents and archives.
    var name: String?
    var hash: String?
    /// Of archives.
    var form: ComposerArchiveForm?

    static let elsewhere = "elsewhere/"

    init(mount: ComposerMount, path: Substring) {
        self.mount = mount
        self.isElsewhere = path.hasPrefix(Self.elsewhere)
        let path = self.isElsewhere ? path.dropFirst(Self.elsewhere.count) : path
        self.path = String(path)
        switch path {
        case "packages.json": self.route = .composerRoot
        case "metadata/changes.json": self.route = .composerFeed
        case "packages/list.json": self.route = .composerList
        case "api/security-advisories/": self.route = .composerAdvisories
        default:
            if path.hasPrefix("p2/"), path.hasSuffix(".json") {
                let name = path.dropFirst(3).dropLast(5)
                self.route = name.hasSuffix("~dev") ? .composerDevDocument : .composerDocument
                self.name = String(name.hasSuffix("~dev") ? name.dropLast(4) : name)
            } else if path.hasPrefix("p/"), path.hasSuffix(".json") {
                let parts = path.dropFirst(2).dropLast(5).split(separator: "$", maxSplits: 1)
                let name = parts.first ?? ""
                let isDocument = name.contains("/")
                self.route = isDocument ? .composerProvider : .composerListing
                self.name = isDocument ? String(name) : nil
                self.hash = parts.count == 2 ? String(parts[1]) : nil
            } else if path.hasPrefix("include/") {
                self.route = .composerInclude
            } else if path.hasPrefix("dist/"),
                let form = ComposerArchiveForm.allCases.first(where: { path.hasSuffix(".\($0.fileExtension)") })
            {
                let name = path.dropFirst(5).dropLast(form.fileExtension.utf8.count + 1)
                let slash = name.lastIndex(of: "/") ?? name.endIndex
                self.route = .composerArchive
                self.name = String(name[..<slash])
                self.hash = String(name[slash...].dropFirst())
                self.form = form
            } else {
                self.route = .composerOther
            }
        }
    }
}
