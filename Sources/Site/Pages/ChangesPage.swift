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
        let packages = try await self.store.packages(named: Change.packages(shown))
        let table = Table(
            label: "Changes",
            caption: "Published changes, newest first; a document is listed once, with its last change",
            columns: [
                .init("Package"), .init("Now", .version), .init("Change"), .init("Published"), .init("Derived"),
                .init("Derived by"), .init("Published by"), .init("Feed position", .number),
            ],
            rows: Change.joined(shown, packages: packages).map { change in
                let document = change.first
                return Table.Row(
                    head: DocumentName(path: document.path)?.link(change.title) ?? "<bdi>\(document.path)</bdi>",
                    cells: [
                        change.what.map { "<bdi>\($0)</bdi>" } ?? .nothing,
                        change.isGone ? HTML.badge(.warning, "deleted") : HTML.badge(.good, "updated"),
                        HTML.time(document.deployedAtMilliseconds, now: now),
                        HTML.time(document.changedAtMilliseconds, now: now), HTML.run(document.updatedBy),
                        HTML.run(document.syncedBy), "<code>\(document.feedPosition ?? 0)</code>",
                    ]
                )
            }
        ).html
        let body: HTML = """
            <h1>Changes</h1>
            <p class="lead">What was published last. Also as <a href="/changes.atom">Atom feed</a>; mirrors follow \
            <code>/metadata/changes.json</code>.</p>
            \(shown.isEmpty ? "<p class=\"empty\">Nothing has been published yet: <code>packline sync</code> does that.</p>" : table)
            <nav class="pages" aria-label="Pages of changes">
            \(before == nil ? nil : "<a href=\"/changes\" rel=\"first\">Newest</a>" as HTML)
            \(found.count > shown.count ? "<a href=\"\(SitePath.with("/changes", [("before", shown.last?.feedPosition.map(String.init))]))\" rel=\"next\">Older</a>" as HTML : nil)
            </nav>
            """
        return Page(title: "Changes", section: .changes, nowMilliseconds: now, body: body)
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
        let packages = try await self.store.packages(named: Change.packages(changes))
        let entries = Change.joined(changes, packages: packages).map { change -> HTML in
            let document = change.first
            let what = change.isGone ? "deleted" : "updated"
            let at = Format.iso8601(document.deployedAtMilliseconds ?? document.changedAtMilliseconds)
            return """
                <entry><id>tag:\(authority),2024:\(document.path):\(document.feedPosition ?? 0)</id>
                <title>\(change.title) \(what)\(change.isGone ? "" : change.what.map { ": \($0)" } ?? "")</title><updated>\(at)</updated>
                <link rel="alternate" type="text/html" href="\(base)\(SitePath.package(change.title))"/>
                <content type="text">\(change.documents.map { Self.sentence($0, what) }.joined(separator: "; "))</content></entry>

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
