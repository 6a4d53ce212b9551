import HTTPTypes
import NIOCore

/// downloads.wordpress.org: `/plugin/SLUG.VERSION.zip`, `/plugin/SLUG.zip` (trunk), `/theme/SLUG.VERSION.zip`.
///
/// A zip is built from the tag when a commit to it is imported, so its bytes change with every commit to the tag, when
/// the API's answer does. Archives of closed plugins stay available, as many do upstream.
struct DownloadService: Sendable {
    let world: SandboxWorld
    let directory: SandboxDirectory

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
        guard let (slug, version) = Self.split(fileName: exchange.rest), let built = self.archive(slug, version) else {
            return Reply(status: .notFound, contentType: "text/html; charset=utf-8", "<h1>404 Not Found</h1>")
        }
        return Reply(
            headers: [
                .contentType: "application/zip",
                .contentDisposition: "attachment; filename=\(exchange.rest)",
                .lastModified: CivilTime(seconds: built.seconds).http,
                .acceptRanges: "bytes",
            ],
            body: .buffer(ByteBuffer(bytes: built.bytes))
        )
    }

    private func archive(_ slug: String, _ version: String?) -> (bytes: [UInt8], seconds: Int64)? {
        let found: (SandboxPackage, SandboxTag?, Int, Int64)? = self.world.withState { state in
            guard let package = state[self.directory].answer(slug: slug) else { return nil }
            guard let version else {
                guard self.directory == .plugins else { return nil }
                return (package, nil, package.trunkRevision, state[self.directory].seconds(of: package.trunkRevision))
            }
            guard let tag = package.tags.first(where: { self.fileVersion(of: $0.name) == version }) else { return nil }
            return (package, tag, Int(tag.revision), state[self.directory].seconds(of: Int(tag.revision)))
        }
        guard let (package, tag, revision, seconds) = found else { return nil }
        var zip = ZipArchive(seconds: seconds)
        let files = SourceFiles.files(of: package, tag: tag?.name, revision: revision, directory: self.directory)
        for file in files { zip.add(name: "\(slug)/\(file.name)", file.bytes) }
        return (zip.finished(), seconds)
    }

    /// How a tag is written in the name of its archive.
    private func fileVersion(of tag: String) -> String {
        self.directory == .plugins ? tag : DirectoryAPIText.themeFileVersion(tag)
    }
}
