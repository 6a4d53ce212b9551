import Composer
import Facts
import NIOHTTP1
import TestSupport
import Testing
import Upstream

@testable import Advisories

@Suite struct WordfenceFeedTests {
    private static let software = WordfenceText.software("plugin", "a", WordfenceText.range("*", "1.0"))
    private static let text = WordfenceText.feed(
        ("1", WordfenceText.record(Self.software)),
        ("2", WordfenceText.record(Self.software)),
        ("3", "{}")
    )

    private func feed(_ connection: TestUpstream.Connection) -> WordfenceFeed {
        WordfenceFeed(name: "wordfence", url: connection.url + "/v3", key: "s3cret", client: connection.client)
    }

    @Test func `the feed is asked with its key, and read as everything that there is`() async throws {
        try await TestUpstream.with(script: { _ in .chunked(body: Array(Self.text.utf8)) }) { connection in
            guard
                case .everything(let advisories, cursor: nil, let troubles) = try await self.feed(connection).read(
                    FeedRequest()
                )
            else {
                Issue.record("not everything")
                return
            }
            #expect(advisories.map(\.advisory.id) == ["WF/1/a", "WF/2/a"])
            #expect(troubles.count(.unreadable) == 1 && troubles.isUnread("WF/3/a"))
            let request = try #require(connection.server.requests.first)
            #expect(request.headers.first(name: "Authorization") == "Bearer s3cret")
        }
    }

    @Test func `a feed that has not changed costs a conditional request, unless all is wanted`() async throws {
        let headers = [
            ("ETag", "\"x\""), ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("Date", "Sun, 06 Nov 1994 09:49:37 GMT"),
        ]
        try await TestUpstream.with(
            script: { request in
                request.headers.contains(name: "If-None-Match") ? .status(304) : .ok(Self.text, headers: headers)
            }
        ) { connection in
            let feed = self.feed(connection)
            guard case .everything(_, let cursor?, _) = try await feed.read(FeedRequest()) else {
                Issue.record("no cursor")
                return
            }
            guard case .unchanged = try await feed.read(FeedRequest(cursor: cursor)) else {
                Issue.record("not unchanged")
                return
            }
            let conditional = try #require(connection.server.requests.last)
            #expect(conditional.headers.first(name: "If-None-Match") == "\"x\"")
            #expect(conditional.headers.first(name: "If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT")
            for request in [FeedRequest(cursor: cursor, wantsAll: true), FeedRequest(cursor: "{\"version\":0}")] {
                guard case .everything = try await feed.read(request) else {
                    Issue.record("not everything")
                    return
                }
            }
        }
    }

    @Test func `P20: a feed that breaks off is an error, whether it closes its object or not`() async throws {
        let cut = Array(Self.text.utf8.dropLast(100))
        for reaction in [TestUpstream.Reaction.cut(body: cut), .chunked(body: cut), .chunked(body: [])] {
            try await TestUpstream.with(.forTests(attempts: 4), script: { _ in reaction }) { connection in
                let error = await #expect(throws: UpstreamError.self) {
                    try await self.feed(connection).read(FeedRequest())
                }
                #expect(error?.code == .truncated, "\(error.map { "\($0)" } ?? "")")
                #expect(connection.server.requests.count == 1)
            }
        }
    }

    @Test(arguments: ["{}", #"{"error":"later"}"#, "<html>", "[]", #"{"1":{}}"#])
    func `P20: an answer without one usable record is an error, and not the end of all advisories`(
        _ text: String
    ) async throws {
        try await TestUpstream.with(script: { _ in .ok(text) }) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await self.feed(connection).read(FeedRequest())
            }
            #expect(error?.code == .malformed)
        }
    }

    @Test(arguments: [401, 403, 429, 500, 304])
    func `a refused request is not sent again, and its error names no key`(_ status: Int) async throws {
        try await TestUpstream.with(
            script: { _ in .status(status, headers: [("Retry-After", "1800")]) }
        ) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await self.feed(connection).read(FeedRequest())
            }
            #expect(error?.status == status)
            #expect(!"\(error.map { "\($0)" } ?? "")".contains("s3cret"))
            #expect(connection.server.requests.count == 1)
        }
    }
}
