import Composer
import Facts
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Wire

extension PageRoutes {
    private static let mostEntries = 100

    /// `/advisories.atom`: the last changes of advisories and the last closures as an Atom feed (RFC 4287).
    func advisoriesFeed(_ request: Request) async throws -> Response {
        let feed = AdvisoriesFeed(
            changes: try await self.store.advisoryChanges(
                feeds: try await self.advisoryFeeds(),
                limit: Self.mostEntries
            ),
            closed: try await self.store.closedPackages(limit: Self.mostEntries),
            base: self.settings.publicURL ?? "",
            version: self.settings.version,
            now: try await self.store.now()
        )
        let bytes = Array(feed.xml.text.utf8)
        var headers = Page.headers(contentType: "application/atom+xml; charset=utf-8")
        let etag = Representation.etag(ContentHash(of: bytes).tag, isCompressed: false)
        headers[.eTag] = etag
        if RequestConditions(request.headers).clientHas(etag: etag, modifiedSecondsSince1970: nil) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Advisories and closures as Atom.
///
/// An entry keeps its id when an advisory changes or is withdrawn, so that readers show it as changed.
struct AdvisoriesFeed {
    struct Entry {
        var milliseconds: Int64
        var xml: HTML
    }

    let changes: [AdvisoryState]
    let closed: [ClosedPackage]
    /// Where this is reached; empty where nobody knows, and links are relative to the feed then.
    let base: String
    let version: String
    let now: Int64

    private var authority: String {
        let host = self.base.split(separator: "/").dropFirst().first.map { $0.prefix { $0 != ":" } }
        return host.map(String.init) ?? "packline.invalid"
    }

    var entries: [Entry] { self.changes.map(self.entry) + self.closed.compactMap(self.entry) }

    var xml: HTML {
        let entries = self.entries.sorted { $0.milliseconds > $1.milliseconds }
        // Of the feed, they are about every entry that has none of its own.
        let rights = self.changes.map(\.advisory).notices.compactMap { $0.advisoryNotice?.text }
            .joined(separator: "\n")
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <id>tag:\(self.authority),2024:advisories</id><title>Advisories and closed packages</title>\
            <updated>\(Format.iso8601(entries.first?.milliseconds ?? self.now))</updated>
            <author><name>Packline</name></author><generator version="\(self.version)">Packline</generator>
            <link rel="self" type="application/atom+xml" href="\(self.base)/advisories.atom"/>
            <link rel="alternate" type="text/html" href="\(self.base)/advisories"/>
            \(rights.isEmpty ? nil : "<rights>\(rights)</rights>" as HTML)
            \(entries.map(\.xml))</feed>

            """
    }

    /// - Parameter parts: What tells the thing apart from all others, whatever becomes of it.
    func id(_ parts: [String]) -> HTML {
        "<id>tag:\(self.authority),2024:\(parts.map(SitePath.component).joined(separator: ":"))</id>"
    }

    func page(_ package: String) -> HTML {
        "<link rel=\"alternate\" type=\"text/html\" href=\"\(self.base)\(SitePath.package(package))\"/>"
    }

    private func entry(_ state: AdvisoryState) -> Entry {
        let text = AdvisoryText(state)
        let isWithdrawn = state.change == .withdrawn
        let details = [
            isWithdrawn ? "Withdrawn by \(state.advisory.feed)." : nil, "\(text.names).",
            text.advisory?.severity.map { "Severity: \($0)." },
            text.advisory.map { "Affected: \($0.affectedVersions.text)" },
        ]
        let xml: HTML = """
            <entry>\(self.id(["advisory", state.advisory.feed.rawValue, state.package, state.advisory.id]))
            <title>\(state.package): \(text.title)\(isWithdrawn ? " (withdrawn)" : "")</title>
            <published>\(Format.iso8601(state.seenAtMilliseconds))</published>\
            <updated>\(Format.iso8601(state.changedAtMilliseconds))</updated>
            \(self.page(state.package))\
            \(text.link.map { "<link rel=\"related\" href=\"\($0)\"/>" as HTML })
            <content type="text">\(details.compactMap(\.self).joined(separator: " "))</content></entry>

            """
        return Entry(milliseconds: state.changedAtMilliseconds, xml: xml)
    }

    /// nil where upstream does not say on which day it was: an entry has to have a time.
    func entry(_ package: ClosedPackage) -> Entry? {
        guard let date = package.closure.date, let seconds = WrittenTime.seconds(Array(date.utf8).span)
        else { return nil }
        let milliseconds = seconds * 1_000
        let reason = package.closure.reason.map { "The reason: \($0)." } ?? "The reason is not public."
        let xml: HTML = """
            <entry>\(self.id(["closure", package.source, package.key, date]))
            <title>\(package.label) is closed</title><updated>\(Format.iso8601(milliseconds))</updated>
            \(self.page(package.label))
            <content type="text">Upstream has closed it on \(date)\(package.closure.isPermanent ? ", for good" : ""). \
            \(reason)</content></entry>

            """
        return Entry(milliseconds: milliseconds, xml: xml)
    }
}
