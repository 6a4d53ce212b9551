import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Site

/// Requests by kind.
@Suite struct SlotTests {
    /// Answers that are held back until the end of the test.
    private struct Held: Sendable {
        let begun: AsyncStream<Void>
        private let begin: AsyncStream<Void>.Continuation
        private let isOver: AsyncStream<Void>
        let end: AsyncStream<Void>.Continuation

        init() {
            (self.begun, self.begin) = AsyncStream.makeStream()
            (self.isOver, self.end) = AsyncStream.makeStream()
        }

        func answer() async -> Response {
            self.begin.yield()
            for await _ in self.isOver {}
            return Response(status: .ok)
        }
    }

    @Test func `who waits for an archive takes no slot, however the path is written`() {
        for path in ["/dist/a/b/1.0/c.zip", "//dist/a/b/1.0/c.zip", "/dist//a/b/1.0/c.zip/"] {
            #expect(RequestKind(path: path) == nil, "\(path)")
        }
    }

    @Test(arguments: [
        ("/packages/list.json", RequestKind.list), ("/metadata/changes.json?since=1", .feed),
        ("/packages?q=a", .search), ("/search.json?q=a", .search), ("/", .page), ("/packages/a/b", .page),
        ("/p2/a/b.json", .document), ("/advisories/p2/a/b.json", .document),
        ("//metadata/changes.json/?since=1", .feed), ("/packages//list.json", .list), ("//p2//a/b.json", .document),
    ])
    func `what is too much of one kind waits for a while, then is told to come again, and keeps nobody else waiting`(
        _ path: String,
        _ kind: RequestKind
    ) async throws {
        var limits = ServerLimits()
        limits.longestWait = .seconds(3_600)
        for kind in RequestKind.allCases { limits.slots[kind] = SlotLimits(atWork: 1, waiting: 1) }
        let held = Held()
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: Slots(limits, clients: Clients(limits: limits)))
        for route in ["/", "**"] {
            router.get(RouterPath(route)) { request, _ in
                RequestKind(path: request.uri.path) == kind ? await held.answer() : Response(status: .ok)
            }
        }
        try await Application(router: router).test(.router) { client in
            @Sendable func status(_ path: String) async throws -> Int {
                try await client.execute(uri: path, method: .get) { response in
                    if response.status == .serviceUnavailable { #expect(response.headers[.retryAfter] == "2") }
                    return response.status.code
                }
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await status(path) }
                for await _ in held.begun { break }
                // One of them finds a place to wait.
                for _ in 0..<2 { group.addTask { try await status(path) } }
                let refused = try await group.next()
                #expect(refused == 503)
                for other in [
                    "/healthz", "/readyz", "/metrics", "/p2/a/b.json", "/metadata/changes.json", "/packages", "/runs",
                ] where RequestKind(path: other) != kind {
                    let answered = try await status(other)
                    #expect(answered == 200, "\(other)")
                }
                held.end.finish()
                for _ in 0..<2 {
                    let answered = try await group.next()
                    #expect(answered == 200)
                }
            }
        }
    }

    @Test func `all documents of the repository are of one kind, and pages of another`() {
        for path in [
            "/packages.json", "/p2/a/b.json", "/filter/summary.json", "/advisories/packages.json",
            "/advisories/p2/a/b.json", "/v1/packages.json", "/v1/p/a/b$1.json",
        ] { #expect(RequestKind(path: path) == .document, "\(path)") }
        for path in ["/advisories", "/advisories.atom", "/filter"] {
            #expect(RequestKind(path: path) == .page, "\(path)")
        }
    }

    @Test func `liveness and readiness need no slot`() {
        #expect(RequestKind(path: "/healthz") == nil)
        #expect(RequestKind(path: "/readyz") == nil)
        #expect(RequestKind(path: "/metrics") == .watching)
    }

    @Test func `limits follow from the memory there is`() {
        for megabytes in [64, 128, 192, 512, 4_096, 1 << 20] {
            let limits = ServerLimits(memoryBytes: megabytes << 20)
            #expect(limits.connections * 32_768 <= max(megabytes << 20, 16 << 20) / 8)
            #expect(limits.untakenBytes <= max(megabytes << 20, 48 << 20) / 6)
            #expect(limits.connectionsPerClient == limits.connections / 2)
            #expect(limits.untakenBytesPerClient == limits.untakenBytes / 2)
        }
        var limits = ServerLimits(memoryBytes: 192 << 20)
        limits.shareAmongClients(connections: 0)
        #expect(limits.connectionsPerClient == limits.connections)
        limits.shareAmongClients(connections: 7)
        #expect(limits.connectionsPerClient == 7)
    }

    @Test func `a filter finds what a pattern stands for, whatever the pattern`() throws {
        func isMatch(_ pattern: Substring, _ text: Substring) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "*" {
                return isMatch(pattern.dropFirst(), text) || !text.isEmpty && isMatch(pattern, text.dropFirst())
            }
            return text.first == first && isMatch(pattern.dropFirst(), text.dropFirst())
        }
        var state: UInt64 = 11
        func random(_ letters: [Character], upTo most: Int) -> String {
            func next(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(bound))
            }
            return String((0..<(1 + next(most))).map { _ in letters[next(letters.count)] })
        }
        for _ in 0..<4_000 {
            let (pattern, name) = (random(["a", "b", "*"], upTo: 9), random(["a", "b"], upTo: 9))
            let filter = try PackageFilter(QueryString("filter=\(pattern)"))
            #expect(
                filter.matches(name: name, type: "library") == isMatch(pattern[...], name[...]),
                "\(pattern) \(name)"
            )
        }
    }
}
