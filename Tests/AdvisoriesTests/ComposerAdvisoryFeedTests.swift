import Composer
import ComposerRepository
import Facts
import NIOHTTP1
import TestSupport
import Testing
import Transport
import Upstream

@testable import Advisories

@Suite struct ComposerAdvisoryFeedTests {
    static let date = [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]
    static let seconds = 784_111_777

    static func entry(_ id: String, _ versions: String = "<1.0") -> String {
        #"{"advisoryId":"\#(id)","title":"t","reportedAt":"2024-01-01 00:00:00","sources":[],"affectedVersions":"\#(versions)"}"#
    }

    private static let root = #"""
        {"packages":[],"metadata-url":"/p2/%package%.json",
        "security-advisories":{"metadata":true,"api-url":"/api/security-advisories/"}}
        """#

    private func feed(
        _ connection: TestUpstream.Connection,
        _ authentication: RepositoryAuthentication? = nil
    ) throws -> ComposerAdvisoryFeed {
        ComposerAdvisoryFeed(
            name: "packagist",
            url: try RepositoryURL(connection.url),
            authentication: authentication,
            client: connection.client
        )
    }

    @Test
    func `an API tells everything first, then what has changed with an hour to spare, and everything when it is due`()
        async throws
    {
        try await TestUpstream.with(
            script: { request in
                if request.uri == "/packages.json" { return .ok(Self.root) }
                let list =
                    request.uri.hasSuffix("=0") ? [Self.entry("1"), Self.entry("2", "<=1..")] : [Self.entry("3")]
                return .ok(
                    #"{"advisories":{"acme/a":[\#(list.joined(separator: ","))],"Acme/b":[]}}"#,
                    headers: Self.date
                )
            }
        ) { connection in
            let feed = try self.feed(connection)
            guard case .everything(let all, let cursor?, let troubles) = try await feed.read(FeedRequest()) else {
                Issue.record("not everything")
                return
            }
            #expect(all.map(\.subject) == [.name("acme/a"), .name("acme/a")])
            #expect(all.map(\.advisory.affectedVersions.text) == ["<1.0", "<=1"])
            #expect(troubles.count(.constraintsMended) == 1)
            guard case .updates(let new, let next?, _) = try await feed.read(FeedRequest(cursor: cursor)) else {
                Issue.record("no updates")
                return
            }
            #expect(new.map(\.advisory.id) == ["3"])
            guard case .everything = try await feed.read(FeedRequest(cursor: next, wantsAll: true)) else {
                Issue.record("not everything")
                return
            }
            let asked = connection.server.requests.map(\.uri).filter { $0 != "/packages.json" }
            #expect(
                asked == ["0", "\(Self.seconds - 3_600)", "0"].map { "/api/security-advisories/?updatedSince=\($0)" }
            )
        }
    }

    @Test(arguments: [400, 404, 405, 200])
    func `an API that can't tell what has changed is asked by names`(_ status: Int) async throws {
        let names = (0..<1_200).map { "acme/p\($0)" } + ["other/x"]
        let root = Self.root.replacing(#""packages":[]"#, with: #""available-package-patterns":["Acme/*"]"#)
        try await TestUpstream.with(
            script: { request in
                if request.uri == "/packages.json" { return .ok(root) }
                guard request.method == .POST else { return .status(status, #"{"advisories":[]}"#) }
                guard request.body.contains("acme%2Fp7&") else { return .ok(#"{"advisories":[]}"#) }
                return .ok(
                    #"{"advisories":{"acme/p7":[\#(Self.entry("1")),{"advisoryId":"2","affectedVersions":"<1"}]}}"#
                )
            }
        ) { connection in
            let request = FeedRequest(names: { names })
            guard case .ofNames(let lists, _, let troubles) = try await self.feed(connection).read(request) else {
                Issue.record("not by names")
                return
            }
            #expect(lists.count == 1_200)
            #expect(lists.filter { !$0.advisories.isEmpty }.map(\.name) == ["acme/p7"])
            #expect(troubles.count(.partial) == 1 && troubles.isUnread("2"))
            let posts = connection.server.requests.filter { $0.method == .POST }
            #expect(posts.map { $0.body.split(separator: "&").count } == [500, 500, 200])
            #expect(posts.first?.headers.first(name: "Content-Type") == "application/x-www-form-urlencoded")
            #expect(posts.first?.body.hasPrefix("packages%5B%5D=acme%2Fp0&") == true)
        }
    }

    @Test func `P18: names about which no answer comes are left out, and the others are taken`() async throws {
        let names = (0..<1_000).map { "acme/p\(1_000 + $0)" }
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { request in
                if request.uri == "/packages.json" { return .ok(Self.root) }
                guard request.method == .POST else { return .status(404) }
                return request.body.contains("p1000&") ? .status(500) : .ok(#"{"advisories":[]}"#)
            }
        ) { connection in
            let request = FeedRequest(names: { names })
            guard case .ofNames(let lists, _, let troubles) = try await self.feed(connection).read(request) else {
                Issue.record("not by names")
                return
            }
            #expect(lists.map(\.name) == Array(names.dropFirst(500)))
            #expect(troubles.count(.unanswered) == 500)
        }
    }

    @Test(arguments: ["", "[]", "{}", #"{"advisories":{"acme/a":[{]}}"#, #"{"advisories":{"acme/a":["#])
    func `P20: an answer that can't be read is an error that names the request`(_ text: String) async throws {
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { $0.uri == "/packages.json" ? .ok(Self.root) : .ok(text) }
        ) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await self.feed(connection).read(FeedRequest())
            }
            #expect(error?.code == .malformed && error?.url.contains("updatedSince=0") == true)
        }
    }

    @Test func `credentials go to the root's host, and not to where its API is`() async throws {
        let answer = #"{"advisories":{"acme/a":[\#(Self.entry("1"))]}}"#
        try await TestUpstream.with(script: { _ in .ok(answer) }) { api in
            let elsewhere = "http://elsewhere.test:\(api.url.split(separator: ":").last ?? "")"
            let root = Self.root.replacing("/api/", with: "\(elsewhere)/api/")
            try await TestUpstream.with(
                resolve: { _ in [HostAddress(literal: "127.0.0.1", range: .loopback)] },
                script: { _ in .ok(root) }
            ) { connection in
                _ = try await self.feed(connection, .bearer("s3cret")).read(FeedRequest())
                #expect(connection.server.requests.first?.headers.first(name: "Authorization") == "Bearer s3cret")
                let asked = try #require(api.server.requests.first)
                #expect(asked.headers.first(name: "Authorization") == nil)
            }
        }
    }

    @Test func `a repository without advisories is an error that says so`() async throws {
        try await TestUpstream.with(script: { _ in .ok(#"{"packages":[]}"#) }) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await self.feed(connection).read(FeedRequest())
            }
            #expect(error?.detail.contains("announces no advisories") == true)
        }
    }
}
