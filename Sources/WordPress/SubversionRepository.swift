import NIOHTTP1
package import Upstream
import Wire

/// A Subversion repository over HTTP, read with a handful of plain requests: no working copy, no libsvn.
///
/// Source of the requests and answers: `mod_dav_svn` 1.14 as plugins.svn.wordpress.org and themes.svn.wordpress.org run
/// it.
package struct SubversionRepository: Sendable {
    let client: UpstreamClient
    /// Without trailing slash.
    let url: String

    package init(client: UpstreamClient, url: String) {
        self.client = client
        self.url = String(url.reversed().drop { $0 == "/" }.reversed())
    }

    /// The number of the newest revision, with one small request as a rule.
    ///
    /// A server that does not answer `OPTIONS` with it is asked by `HEAD` (the revision is in the `ETag` of the root),
    /// then by `PROPFIND` of the root alone: never deeper, which takes a server minutes.
    ///
    /// - Throws: ``UpstreamError``.
    package func youngestRevision() async throws -> Int64 {
        if let revision = try await self.youngestByOptions() { return revision }
        if let revision = try await self.youngestByHead() { return revision }
        return try await self.youngestByPropfind()
    }

    private func youngestByOptions() async throws -> Int64? {
        // Without this body the answer lacks the header.
        let request = UpstreamRequest(
            method: .OPTIONS,
            url: "\(self.url)/",
            headers: [("Content-Type", "text/xml")],
            body: #"<D:options xmlns:D="DAV:"><D:activity-collection-set/></D:options>"#
        )
        return try await self.client.send(request) { answer in
            try Self.refuseFailure(answer)
            guard answer.status == .ok else { return nil }
            _ = try await answer.collect(upTo: 1 << 20)
            return answer.headers.first(name: "SVN-Youngest-Rev").flatMap { Self.number($0) }
        }
    }

    private func youngestByHead() async throws -> Int64? {
        try await self.client.send(UpstreamRequest(method: .HEAD, url: "\(self.url)/")) { answer in
            try Self.refuseFailure(answer)
            guard answer.status == .ok, let etag = answer.headers.first(name: "ETag") else { return nil }
            return Self.revision(etag: etag)
        }
    }

    private func youngestByPropfind() async throws -> Int64 {
        let request = UpstreamRequest(
            method: .PROPFIND,
            url: "\(self.url)/",
            headers: [("Depth", "0"), ("Content-Type", "text/xml")],
            body: #"<D:propfind xmlns:D="DAV:"><D:prop><D:version-name/></D:prop></D:propfind>"#
        )
        return try await self.client.send(request) { answer in
            guard answer.status == .multiStatus else { throw answer.unexpectedStatus(expected: "207") }
            let body = try await answer.collect(upTo: 1 << 20)
            guard let revision = Self.revision(properties: body) else {
                throw answer.label.error(
                    .malformed,
                    "neither this nor OPTIONS nor HEAD tells the youngest revision; is it a Subversion repository?",
                    isRetryable: false
                )
            }
            return revision
        }
    }

    /// Trouble is trouble, and no reason to ask in another way.
    private static func refuseFailure(_ answer: UpstreamAnswer) throws {
        let code = answer.status.code
        if code == 408 || code == 429 || code >= 500, code != 501 { throw answer.unexpectedStatus(expected: "200") }
    }

    /// `W/"200//"`, maybe with what a compressing server adds.
    static func revision(etag: String) -> Int64? {
        let opaque = etag.hasPrefix("W/") ? etag.dropFirst(2) : etag[...]
        guard opaque.hasPrefix("\""), let slash = opaque.firstIndex(of: "/") else { return nil }
        return Self.number(opaque[opaque.index(after: opaque.startIndex)..<slash])
    }

    /// The text of the property `version-name`, whatever its prefix.
    static func revision(properties: [UInt8]) -> Int64? {
        let bytes = properties.span
        var index = 0
        while let name = bytes.firstIndex(of: "version-name>", from: index) {
            let start = name + "version-name>".utf8.count
            let end = bytes.firstIndex(of: UInt8(ascii: "<"), from: start) ?? bytes.count
            if let revision = RevisionNumber.checked(bytes.number(at: start..<end)) { return revision }
            index = start
        }
        return nil
    }

    private static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        return RevisionNumber.checked(Int64(text))
    }
}
