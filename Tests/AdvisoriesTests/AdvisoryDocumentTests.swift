import ComposerRepository
import Facts
import NIOHTTP1
import TestSupport
import Testing
import Upstream

@testable import Advisories

/// A repository of advisories that has documents only, as typisttech/wpsecadv's.
@Suite struct AdvisoryDocumentTests {
    private static let root = #"""
        {"metadata-url":"/p2/%package%.json","available-packages":["acme/a"],"available-package-patterns":["acme/b*"],
        "security-advisories":{"metadata":true}}
        """#
    private static let names = ["acme/a", "acme/b1", "acme/b2", "acme/c"]

    private func feed(_ connection: TestUpstream.Connection) throws -> ComposerAdvisoryFeed {
        ComposerAdvisoryFeed(name: "wpsecadv", url: try RepositoryURL(connection.url), client: connection.client)
    }

    private static func document(_ entries: String...) -> String {
        #"{"packages":[],"security-advisories":[\#(entries.joined(separator: ","))]}"#
    }

    @Test
    func `the document of each name that may be there is looked at, and the next time only what has changed is said`()
        async throws
    {
        try await TestUpstream.with(
            script: { request in
                switch request.uri {
                case "/packages.json": return .ok(Self.root)
                case "/p2/acme/a.json":
                    let headers = [("ETag", "\"a\"")]
                    if request.headers.first(name: "If-None-Match") == "\"a\"" { return .status(304) }
                    return .ok(Self.document(ComposerAdvisoryFeedTests.entry("1")), headers: headers)
                case "/p2/acme/b1.json": return .ok(Self.document())
                default: return .status(404)
                }
            }
        ) { connection in
            let feed = try self.feed(connection)
            let first = try await feed.read(FeedRequest(names: { Self.names }))
            guard case .ofNames(let lists, let cursor?, _) = first else {
                Issue.record("not by names")
                return
            }
            #expect(lists.map(\.name) == ["acme/a", "acme/b1", "acme/b2"])
            #expect(lists.map(\.advisories.count) == [1, 0, 0])
            #expect(!connection.server.requests.contains { $0.uri.contains("acme/c") })
            let second = try await feed.read(FeedRequest(cursor: cursor, names: { Self.names }))
            guard case .ofNames(let changed, _, _) = second else {
                Issue.record("not by names")
                return
            }
            #expect(changed.map(\.name) == ["acme/b1", "acme/b2"])
            let all = try await feed.read(FeedRequest(cursor: cursor, wantsAll: true, names: { Self.names }))
            guard case .ofNames(let again, _, _) = all else {
                Issue.record("not by names")
                return
            }
            // What was withdrawn is another document: nothing is asked for without conditions.
            #expect(again.map(\.name) == ["acme/b1", "acme/b2"])
            guard case .unchanged = try await feed.read(FeedRequest(cursor: cursor, names: { ["acme/a"] })) else {
                Issue.record("not unchanged")
                return
            }
        }
    }

    @Test func `P18: a document that fails or can't be read says nothing of its name, and holds back no other`()
        async throws
    {
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { request in
                switch request.uri {
                case "/packages.json": .ok(Self.root)
                case "/p2/acme/a.json": .status(500)
                case "/p2/acme/b1.json": .ok("<html>")
                default: .ok(Self.document(ComposerAdvisoryFeedTests.entry("2"), "3"))
                }
            }
        ) { connection in
            let reading = try await self.feed(connection).read(FeedRequest(names: { Self.names }))
            guard case .ofNames(let lists, _, let troubles) = reading else {
                Issue.record("not by names")
                return
            }
            #expect(lists.map(\.name) == ["acme/b2"] && lists.first?.advisories.count == 1)
            #expect(troubles.count(.unanswered) == 2 && troubles.count(.unreadable) == 1)
        }
    }

    @Test func `P20: an outage is an error, and nobody is asked for long`() async throws {
        try await TestUpstream.with(
            .forTests(concurrency: 1, attempts: 1),
            script: { $0.uri == "/packages.json" ? .ok(Self.root) : .status(503) }
        ) { connection in
            let names = (0..<100).map { "acme/b\($0)" }
            await #expect(throws: UpstreamError.self) {
                try await self.feed(connection).read(FeedRequest(names: { names }))
            }
            #expect(connection.server.requests.count == 11)
        }
    }
}
