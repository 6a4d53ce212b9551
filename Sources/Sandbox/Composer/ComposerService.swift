import HTTPTypes
import NIOCore

/// Answers for one mount.
struct ComposerService: Sendable {
    static let json = "application/json"

    let mount: ComposerMount
    /// Where the sandbox is reached, without a slash at the end.
    let baseURL: String
    /// Where GitHub's API is, without a slash at the end.
    let gitHubURL: String
    let sizes: ArchiveSizes

    var world: ComposerWorld { self.mount.world }

    /// Where the mount is, without a slash at the end.
    var url: String { "\(self.baseURL)/\(self.mount.name)" }

    func reply(to exchange: Exchange, _ address: ComposerAddress) -> Reply {
        if !address.isElsewhere, let redirect = self.redirect(address) { return redirect }
        if self.mount.shape == .captures { return self.capture(exchange, address) }
        switch address.route {
        case .composerRoot: return self.root(exchange)
        case .composerDocument where self.hasDocuments: return self.document(exchange, address, isDev: false)
        case .composerDevDocument where self.hasDocuments: return self.document(exchange, address, isDev: true)
        case .composerFeed where self.mount.shape == .packagist: return self.feed(exchange)
        case .composerList where self.mount.shape == .packagist: return self.list()
        case .composerAdvisories where self.mount.shape == .packagist: return self.advisories(exchange)
        case .composerProvider: return self.provider(exchange, address)
        case .composerListing: return self.treeFile(exchange, address.path)
        case .composerInclude: return self.include(exchange, address)
        case .composerArchive: return self.archive(exchange, address)
        case .composerOther: return self.other(exchange, address)
        default: return Self.notFound
        }
    }

    private var hasDocuments: Bool { [.packagist, .satis, .gitlab].contains(self.mount.shape) }

    static var notFound: Reply { Reply(status: .notFound, contentType: "text/plain", "404 not found") }

    /// An answer with a time, or 304 when the client has it from then or later.
    func dated(_ exchange: Exchange, units: Int64, _ bytes: () -> [UInt8]) -> Reply {
        // The action's time is rounded down in the feed and up here.
        let seconds = (units + 9_999) / 10_000
        let headers: HTTPFields = [.lastModified: CivilTime(seconds: seconds).http, .contentType: Self.json]
        if let since = HTTPDateText.seconds(exchange.headers[.ifModifiedSince]), since >= seconds {
            return Reply(status: .notModified, headers: headers)
        }
        return Reply(headers: headers, body: .buffer(ByteBuffer(bytes: bytes())))
    }

    private func other(_ exchange: Exchange, _ address: ComposerAddress) -> Reply {
        switch (exchange.method, address.path) {
        case ("POST", "downloads/"): Reply(status: .created, contentType: Self.json, "{\"status\":\"success\"}")
        case ("GET", "lists/all/summary.json"): Reply(contentType: Self.json, "{\"filter\":{\"malware\":{}}}")
        default: Self.notFound
        }
    }

    private func archive(_ exchange: Exchange, _ address: ComposerAddress) -> Reply {
        guard let name = address.name, let reference = address.hash,
            let version = self.world.version(of: name, reference: reference),
            let form = address.form, form == ComposerArchiveForm(of: name, hasTars: self.mount.hasTars)
        else { return Self.notFound }
        let archive = ComposerArchive.pieces(
            form,
            name,
            version,
            isRebuilt: exchange.build == .rebuilt,
            bytes: self.sizes.bytes(mount: self.mount.name, name: name, reference: reference)
        )
        var reply = Reply.archive(
            archive,
            name: "\(reference).\(form.fileExtension)",
            seconds: version.seconds,
            to: exchange
        )
        if reply.headers[.contentType] != nil { reply.headers[.contentType] = form.contentType }
        return reply
    }
}
