import HTTPTypes
import Hummingbird
import NIOCore

/// A repository as `mod_dav_svn` 1.14 shows it, read-only: listing, youngest revision, properties of the root, log.
///
/// Source of the forms: answers of Apache 2.4 with `mod_dav_svn` 1.14 to the same requests.
struct SubversionService: Sendable {
    let world: SandboxWorld
    let directory: SandboxDirectory
    /// Where the repository is mounted: `/svn/plugins`.
    let mount: String

    func reply(to exchange: Exchange) -> Reply {
        switch exchange.method {
        case "GET", "HEAD": self.get(exchange)
        case "OPTIONS": self.options(exchange)
        case "PROPFIND": self.propfind(exchange)
        case "REPORT": self.report(exchange)
        default: Self.htmlError(.badRequest)
        }
    }

    private func get(_ exchange: Exchange) -> Reply {
        let path = exchange.rest
        guard path.hasPrefix("/") else {
            return Reply(status: .movedPermanently, headers: [.location: "\(self.mount)/"])
        }
        let found = self.world.withState { RepositoryBrowser.resource(path, in: &$0[self.directory]) }
        guard let found else { return Self.htmlError(.notFound) }
        var headers: HTTPFields = [
            .server: "Apache",
            .cacheControl: "max-age=0",
            .lastModified: CivilTime(seconds: found.seconds).http,
            .eTag: found.eTag,
            .acceptRanges: "bytes",
        ]
        let matches = exchange.headers[.ifNoneMatch].map { $0 == "*" || $0.contains(found.eTag) } ?? false
        if matches { return Reply(status: .notModified, headers: headers) }
        headers[.contentType] = found.contentType
        return Reply(headers: headers, body: .buffer(ByteBuffer(bytes: found.bytes)))
    }

    private func options(_ exchange: Exchange) -> Reply {
        let asksForActivity = DAVRequest.elements(in: exchange.body).contains { $0.name == "activity-collection-set" }
        var headers: HTTPFields = [.server: "Apache"]
        for feature in DAVText.features { headers.append(HTTPField(name: .dav, value: feature)) }
        headers[.msAuthorVia] = "DAV"
        headers[.allow] = DAVText.allow
        guard exchange.body.readableBytes > 0 else {
            headers[.contentLength] = "0"
            return Reply(headers: headers)
        }
        guard asksForActivity else {
            headers[.contentType] = DAVText.xml
            return Reply(headers: headers, body: .buffer(ByteBuffer(string: DAVText.emptyOptions)))
        }
        let (youngest, uuid) = self.world.withState { ($0[self.directory].youngest, $0[self.directory].uuid) }
        headers[.svnYoungestRev] = "\(youngest)"
        headers[.svnRepositoryUUID] = uuid
        headers[.svnRepositoryMergeInfo] = "yes"
        headers[.svnRepositoryRoot] = self.mount
        headers[.svnMeResource] = "\(self.mount)/!svn/me"
        headers[.svnRevRootStub] = "\(self.mount)/!svn/rvr"
        headers[.svnRevStub] = "\(self.mount)/!svn/rev"
        headers[.svnTxnRootStub] = "\(self.mount)/!svn/txr"
        headers[.svnTxnStub] = "\(self.mount)/!svn/txn"
        headers[.svnVTxnRootStub] = "\(self.mount)/!svn/vtxr"
        headers[.svnVTxnStub] = "\(self.mount)/!svn/vtxn"
        headers[.svnAllowBulkUpdates] = "On"
        headers[.contentType] = DAVText.xml
        return Reply(headers: headers, body: .buffer(ByteBuffer(string: DAVText.activity(mount: self.mount))))
    }

    private func propfind(_ exchange: Exchange) -> Reply {
        let elements = DAVRequest.elements(in: exchange.body)
        guard exchange.headers[.depth] == "0" || exchange.headers[.depth] == "1" else {
            return Self.htmlError(.badRequest)
        }
        let (youngest, uuid) = self.world.withState { ($0[self.directory].youngest, $0[self.directory].uuid) }
        var path = exchange.rest
        var revision = youngest
        if let baseline = DAVRequest.baseline(of: path) {
            guard baseline.revision <= youngest else { return Self.noSuchRevision(baseline.revision) }
            revision = baseline.revision
            path = baseline.path
        }
        guard path == "/" || path.isEmpty else { return Self.htmlError(.notFound) }
        let wanted = elements.map(\.name)
        var properties = ""
        if wanted.contains("version-name") || wanted.contains("allprop") {
            properties += "<lp1:version-name>\(revision)</lp1:version-name>\n"
        }
        if wanted.contains("repository-uuid") || wanted.contains("allprop") {
            properties += "<lp2:repository-uuid>\(uuid)</lp2:repository-uuid>\n"
        }
        if wanted.contains("resourcetype") || wanted.contains("allprop") {
            properties += "<lp1:resourcetype><D:collection/></lp1:resourcetype>\n"
        }
        let body = DAVText.multistatus(
            href: "\(self.mount)\(exchange.parsedTarget.rawPath.dropFirst(self.mount.count))",
            properties
        )
        return Reply(
            status: HTTPResponse.Status(code: 207, reasonPhrase: "Multi-Status"),
            contentType: DAVText.xml,
            body
        )
    }

    private func report(_ exchange: Exchange) -> Reply {
        let elements = DAVRequest.elements(in: exchange.body)
        guard let root = elements.first else { return Self.htmlError(.badRequest) }
        guard root.name == "log-report" else {
            return Reply(
                status: .notImplemented,
                contentType: DAVText.xml,
                DAVText.error(200_007, "The requested report is unknown")
            )
        }
        let youngest = self.world.youngestRevision(self.directory)
        var path = exchange.rest
        if let baseline = DAVRequest.baseline(of: path) {
            guard baseline.revision <= youngest else { return Self.noSuchRevision(baseline.revision) }
            path = baseline.path
        }
        let query = LogQuery(elements: elements, path: path, youngest: youngest)
        if let beyond = query.boundBeyond(youngest) { return Self.noSuchRevision(beyond) }
        let world = self.world
        let directory = self.directory
        return Reply(
            headers: [.server: "Apache", .contentType: DAVText.xml],
            body: .stream { writer in
                var log = LogReport(world: world, directory: directory, query: query)
                while let chunk = log.next() { try await writer.write(ByteBuffer(bytes: chunk)) }
                try await writer.finish(nil)
            }
        )
    }

    private static func noSuchRevision(_ revision: Int) -> Reply {
        Reply(status: .notFound, contentType: DAVText.xml, DAVText.error(160_006, "No such revision \(revision)"))
    }

    static func htmlError(_ status: HTTPResponse.Status) -> Reply {
        Reply(
            status: status,
            contentType: "text/html; charset=iso-8859-1",
            DAVText.page(code: status.code, reason: status.reasonPhrase)
        )
    }
}
