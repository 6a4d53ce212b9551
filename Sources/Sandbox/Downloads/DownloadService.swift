import HTTPTypes
import NIOCore

/// downloads.wordpress.org: `/plugin/SLUG.VERSION.zip`, `/plugin/SLUG.zip` (trunk), `/theme/SLUG.VERSION.zip`.
///
/// A zip is built from the tag when a commit to it is imported, so its bytes change with every commit to the tag, when
/// the API's answer does. Archives of closed plugins stay available, as many do upstream.
struct DownloadService: Sendable {
    let world: SandboxWorld
    let directory: SandboxDirectory
    let sizes: ArchiveSizes

    /// `akismet.5.3.zip` is slug and version; slugs hold no dots.
    static func split(fileName: String) -> (slug: String, version: String?)? {
        guard fileName.hasSuffix(".zip"), !fileName.contains("/") else { return nil }
        let name = fileName.dropLast(4)
        guard let dot = name.firstIndex(of: ".") else { return (String(name), nil) }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }

    func reply(to exchange: Exchange) -> Reply {
        guard exchange.method == "GET" || exchange.method == "HEAD" else {
            return Reply(status: .methodNotAllowed, contentType: "text/html", "<h1>405 Not Allowed</h1>")
        }
        guard let (slug, version) = Self.split(fileName: exchange.rest),
            let source = self.source(slug, version, exchange.build)
        else {
            return Reply(status: .notFound, contentType: "text/html; charset=utf-8", "<h1>404 Not Found</h1>")
        }
        let archive = self.archive(of: source, slug, version, exchange)
        // Built after the commit, never in the same second.
        return .archive(archive, name: exchange.rest, seconds: source.seconds + 1, to: exchange)
    }

    /// What an archive is built from.
    private struct Source: Sendable {
        var package: SandboxPackage
        /// nil: trunk.
        var tag: String?
        var revision: Int
        var seconds: Int64
    }

    private func source(_ slug: String, _ version: String?, _ build: ArchiveBuild) -> Source? {
        self.world.withState { state in
            guard let package = state[self.directory].answer(slug: slug) else { return nil }
            let tag = version.flatMap { version in
                package.tags.first { self.fileVersion(of: $0.name) == version }
            }
            guard tag != nil || (version == nil && self.directory == .plugins) else { return nil }
            let current = tag.map { Int($0.revision) } ?? package.trunkRevision
            // Held no longer than that: a change would copy it.
            let repository = state[self.directory]
            let before = build == .stale ? repository.build(before: current, of: package, tag) : nil
            let revision = before ?? current
            let seconds = repository.seconds(of: revision)
            return Source(package: package, tag: tag?.name, revision: revision, seconds: seconds)
        }
    }

    private func archive(
        of source: Source,
        _ slug: String,
        _ version: String?,
        _ exchange: Exchange
    ) -> [ByteBuffer] {
        var zip = ZipArchive(seconds: source.seconds, isRebuilt: exchange.build == .rebuilt)
        let files = SourceFiles.files(
            of: source.package,
            tag: source.tag,
            revision: source.revision,
            directory: self.directory
        )
        for file in files { zip.add(name: "\(slug)/\(file.name)", file.bytes) }
        let name = "\(self.directory.rawValue)/\(slug)/\(version ?? "trunk")"
        if let bytes = self.sizes.bytes(path: exchange.parsedTarget.path, version: name) {
            zip.pad(to: bytes, folder: slug)
        }
        return zip.finished()
    }

    /// How a tag is written in the name of its archive.
    private func fileVersion(of tag: String) -> String {
        self.directory == .plugins ? tag : DirectoryAPIText.themeFileVersion(tag)
    }
}
