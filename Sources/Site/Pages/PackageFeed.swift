import Composer
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Wire

extension PageRoutes {
    /// `/packages/{vendor}/{name}/versions.atom`: a package's versions, advisories and closing as an Atom feed (RFC 4287).
    func packageFeed(of name: String, _ request: Request) async throws -> Response {
        guard let trail = try await self.store.trail(ofPackage: name), trail.package.name == name else {
            return .problem(.notFound, "there is no such package here")
        }
        let released = try await self.versions(.main(of: name), of: name)
        let advisories = try await self.store.advisories(
            ofPackage: trail.package,
            feeds: try await self.advisoryFeeds()
        )
        let feed = PackageFeed(
            trail: trail,
            versions: Array(released.versions.prefix(PackageFeed.mostVersions)),
            advisories: AdvisoriesFeed(
                changes: advisories,
                closed: [],
                base: self.settings.publicURL ?? "",
                version: self.settings.version,
                now: try await self.store.now()
            ),
            changelog: self.settings.source(trail.package.source)?.page(trail.package.key)
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

/// What is new of one package.
///
/// A version is in it once it is known when it was released: without that nobody can say which is new.
struct PackageFeed {
    static let mostVersions = 100

    let trail: PackageTrail
    /// Newest first.
    let versions: [PublishedVersions.Version]
    let advisories: AdvisoriesFeed
    /// Where upstream shows the package.
    let changelog: String?

    private var name: String { self.trail.package.label }

    var xml: HTML {
        let entries = (self.versions.compactMap(self.entry) + self.advisories.entries + self.closing)
            .sorted { $0.milliseconds > $1.milliseconds }
        // Where nothing is dated, the feed is as old as what it was made of: so that it stays the same as long as that.
        let since = self.trail.objects.map(\.changedAtMilliseconds).max() ?? 0
        let base = self.advisories.base
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            \(self.advisories.id(["package", self.name]))<title>\(self.name)</title>\
            <updated>\(Format.iso8601(entries.first?.milliseconds ?? since))</updated>
            <author><name>Packline</name></author><generator version="\(self.advisories.version)">Packline</generator>
            <link rel="self" type="application/atom+xml" href="\(base)\(SitePath.feed(of: self.name))"/>
            \(self.advisories.page(self.name))
            \(entries.map(\.xml))</feed>

            """
    }

    private func entry(_ version: PublishedVersions.Version) -> AdvisoriesFeed.Entry? {
        guard let time = version.time, let seconds = WrittenTime.seconds(Array(time.utf8).span) else { return nil }
        let milliseconds = seconds * 1_000
        let requires = version.php.map { " It wants PHP \($0)." } ?? ""
        let xml: HTML = """
            <entry>\(self.advisories.id(["version", self.name, version.version]))
            <title>\(self.name) \(version.version)</title><updated>\(Format.iso8601(milliseconds))</updated>
            \(self.advisories.page(self.name))\
            \(self.changelog.map { "<link rel=\"related\" href=\"\($0)\"/>" as HTML })
            <content type="text">Version \(version.version) was released.\(requires)</content></entry>

            """
        return .init(milliseconds: milliseconds, xml: xml)
    }

    private var closing: [AdvisoriesFeed.Entry] {
        guard let closure = self.trail.closure else { return [] }
        let package = self.trail.package
        let closed = ClosedPackage(
            source: package.source,
            key: package.key,
            name: package.name,
            closure: closure
        )
        return [self.advisories.entry(closed)].compactMap { $0 }
    }
}
