/// What a GET of a path in a repository shows at the youngest revision.
enum RepositoryBrowser {
    struct Resource {
        var bytes: [UInt8]
        var contentType: String
        var eTag: String
        var seconds: Int64
    }

    static func resource(_ path: String, in repository: inout SandboxRepository) -> Resource? {
        let parts = path.split(separator: "/").map(String.init)
        let youngest = repository.youngest
        guard let slug = parts.first else {
            let names = repository.topLevel()
            return Self.directory("/", names, revision: youngest, youngest: youngest, in: repository)
        }
        guard let package = repository.packages[slug] else { return nil }
        let inside = Array(parts.dropFirst())
        let title = "/" + parts.joined(separator: "/")
        if repository.directory == .themes {
            switch inside.count {
            case 0:
                let names = Self.tagNames(of: package)
                let last = package.tags.map(\.revision).max().map(Int.init) ?? package.bornRevision
                return Self.directory(title, names, revision: last, youngest: youngest, in: repository)
            default:
                guard let tag = package.tag(named: inside[0]) else { return nil }
                return Self.tree(title, inside.dropFirst(), package, tag.name, Int(tag.revision), in: repository)
            }
        }
        switch (inside.first, inside.count) {
        case (nil, _):
            let last = max(package.trunkRevision, package.tags.map { Int($0.revision) }.max() ?? 0)
            return Self.directory(
                title,
                ["assets/", "tags/", "trunk/"],
                revision: last,
                youngest: youngest,
                in: repository
            )
        case ("trunk", _):
            return Self.tree(title, inside.dropFirst(), package, nil, package.trunkRevision, in: repository)
        case ("tags", 1):
            let last = package.tags.map { Int($0.revision) }.max() ?? package.bornRevision
            let names = Self.tagNames(of: package)
            return Self.directory(title, names, revision: last, youngest: youngest, in: repository)
        case ("tags", _):
            guard let tag = package.tag(named: inside[1]) else { return nil }
            return Self.tree(title, inside.dropFirst(2), package, tag.name, Int(tag.revision), in: repository)
        case ("assets", 1):
            return Self.directory(title, [], revision: package.bornRevision, youngest: youngest, in: repository)
        default:
            return nil
        }
    }

    private static func tagNames(of package: SandboxPackage) -> [String] {
        package.tags.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { $0 + "/" }
    }

    /// A directory of source files, or one of the files.
    private static func tree(
        _ title: String,
        _ rest: ArraySlice<String>,
        _ package: SandboxPackage,
        _ tag: String?,
        _ revision: Int,
        in repository: SandboxRepository
    ) -> Resource? {
        let files = SourceFiles.files(of: package, tag: tag, revision: revision, directory: repository.directory)
        guard let name = rest.first else {
            let names = files.map(\.name).sorted()
            return Self.directory(title, names, revision: revision, youngest: repository.youngest, in: repository)
        }
        guard rest.count == 1, let file = files.first(where: { $0.name == name }) else { return nil }
        return Resource(
            bytes: file.bytes,
            contentType: "text/plain",
            eTag: "\"\(revision)/\(title)\"",
            seconds: repository.seconds(of: revision)
        )
    }

    private static func directory(
        _ path: String,
        _ names: [String],
        revision: Int,
        youngest: Int,
        in repository: SandboxRepository
    ) -> Resource {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(names.count * 56 + 256)
        let heading = " - Revision \(youngest): \(path)"
        bytes.append("<html><head><title>" as StaticString)
        bytes.appendXML(heading.utf8)
        bytes.append("</title></head>\n<body>\n <h2>" as StaticString)
        bytes.appendXML(heading.utf8)
        bytes.append("</h2>\n <ul>\n" as StaticString)
        if path != "/" { bytes.append("  <li><a href=\"../\">..</a></li>\n" as StaticString) }
        for name in names {
            bytes.append("  <li><a href=\"" as StaticString)
            Self.appendHref(name, to: &bytes)
            bytes.append("\">" as StaticString)
            bytes.appendXML(name.utf8)
            bytes.append("</a></li>\n" as StaticString)
        }
        bytes.append(" </ul>\n</body></html>" as StaticString)
        return Resource(
            bytes: bytes,
            contentType: "text/html; charset=UTF-8",
            eTag: "W/\"\(revision)/\(path)\"",
            seconds: repository.seconds(of: revision)
        )
    }

    /// Percent-encoded with lower-case digits where Apache does so, and escaped for HTML.
    private static func appendHref(_ name: String, to bytes: inout [UInt8]) {
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "&"):
                bytes.append("&amp;" as StaticString)
            case UInt8(ascii: "'"):
                bytes.append("&#39;" as StaticString)
            case _ where PercentCoding.isUnreserved(byte), UInt8(ascii: "/"), UInt8(ascii: "!"), UInt8(ascii: "$"),
                UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","),
                UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "@"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(PercentCoding.lower[Int(byte >> 4)])
                bytes.append(PercentCoding.lower[Int(byte & 15)])
            }
        }
    }
}
