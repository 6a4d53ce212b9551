import Composer
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension PageRoutes {
    private static let changesPerPage = 100

    /// `/changes`: what was published last, newest first.
    func changes(_ query: QueryParameters) async throws -> Page {
        let before = query["before"].flatMap { Int64($0) }
        let found = try await self.store.changes(before: before, limit: Self.changesPerPage + 1)
        let shown = Array(found.prefix(Self.changesPerPage))
        let now = try await self.store.now()
        let rows = shown.map { document -> HTML in
            """
            <tr><th scope="row">\(DocumentName(path: document.path)?.link(Self.title(document)) ?? "\(document.path)")</th>
            <td>\(document.live == .nothing ? HTML.badge(.warning, "deleted") : HTML.badge(.good, "updated"))</td>
            <td>\(HTML.time(document.deployedAtMilliseconds, now: now))</td>
            <td>\(HTML.time(document.changedAtMilliseconds, now: now))</td>
            <td>\(HTML.run(document.updatedBy))</td><td>\(HTML.run(document.syncedBy))</td>
            <td class="number"><code>\(document.feedPosition ?? 0)</code></td></tr>
            """
        }
        let table: HTML = """
            <div class="scroll" tabindex="0" role="region" aria-label="Changes"><table>
            <caption>Published changes, newest first; a document is listed once, with its last change</caption><thead><tr>
            <th scope="col">Document</th><th scope="col">Change</th><th scope="col">Published</th>
            <th scope="col">Derived</th><th scope="col">Derived by</th><th scope="col">Published by</th>
            <th scope="col" class="number">Feed position</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
        let body: HTML = """
            <h1>Changes</h1>
            <p class="lead">What was published last. Also as <a href="/changes.atom">Atom feed</a>; mirrors follow \
            <code>/metadata/changes.json</code>.</p>
            \(shown.isEmpty ? "<p class=\"empty\">Nothing has been published yet: <code>sync</code> does that.</p>" : table)
            <nav class="pages" aria-label="Pages of changes">
            \(before == nil ? nil : "<a href=\"/changes\" rel=\"first\">Newest</a>" as HTML)
            \(found.count > shown.count ? "<a href=\"\(SitePath.with("/changes", [("before", shown.last?.feedPosition.map(String.init))]))\" rel=\"next\">Older</a>" as HTML : nil)
            </nav>
            """
        return Page(title: "Changes", section: .changes, nowMilliseconds: now, body: body)
    }

    private static func title(_ document: ObjectState) -> String {
        DocumentName(path: document.path).map { $0.package + ($0.isDev ? " (dev)" : "") } ?? document.path
    }

    /// The last changes as an Atom feed (RFC 4287).
    func changesFeed(_ request: Request) async throws -> Response {
        let changes = try await self.store.changes(limit: Self.changesPerPage)
        let now = try await self.store.now()
        // Links are absolute where it is known where this is reached, else relative to the feed.
        let base = self.settings.publicURL ?? ""
        let authority =
            base.split(separator: "/").dropFirst().first.map { $0.prefix { $0 != ":" } } ?? "packline.invalid"
        let updated = changes.compactMap(\.deployedAtMilliseconds).max() ?? now
        let entries = changes.map { document -> HTML in
            let name = DocumentName(path: document.path)
            let what = document.live == .nothing ? "deleted" : "updated"
            let at = Format.iso8601(document.deployedAtMilliseconds ?? document.changedAtMilliseconds)
            return """
                <entry><id>tag:\(authority),2024:\(document.path):\(document.feedPosition ?? 0)</id>
                <title>\(Self.title(document)) \(what)</title><updated>\(at)</updated>
                <link rel="alternate" type="text/html" href="\(base)\(SitePath.package(name?.package ?? document.path))"/>
                <content type="text">\(Self.sentence(document, what))</content></entry>

                """
        }
        let feed: HTML = """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <id>tag:\(authority),2024:changes</id><title>Published changes</title><updated>\(Format.iso8601(updated))</updated>
            <author><name>Packline</name></author><generator version="\(self.settings.version)">Packline</generator>
            <link rel="self" type="application/atom+xml" href="\(base)/changes.atom"/>
            <link rel="alternate" type="text/html" href="\(base)/changes"/>
            \(entries)</feed>

            """
        let etag = "\"\(changes.first?.feedPosition ?? 0)-\(changes.count)\""
        var headers = Page.headers(contentType: "application/atom+xml; charset=utf-8")
        headers[.eTag] = etag
        if RequestConditions(request.headers).clientHas(etag: etag, modifiedSecondsSince1970: .max) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: feed.text)))
    }

    private static func sentence(_ document: ObjectState, _ what: String) -> String {
        let derived = document.updatedBy.map { "derived by run \($0.run)" }
        let published = document.syncedBy.map { "published by run \($0.run)" }
        let hash = document.contentHash.map { "content \($0.hexadecimal)" }
        return (["\(document.path) \(what)"] + [derived, published, hash].compactMap { $0 }).joined(separator: ", ")
    }
}
