import Composer
import Foundation
import NIOCore
import Site
import Store
import TestSupport
import Testing

/// What one client, or all of them, can take from the others.
@Suite struct ClientLimitTests {
    private static let path = "/p2/wp-plugin/large.json"
    private func withSite(
        _ database: TestDatabase = .sqlite,
        _ configuration: Site.Configuration,
        _ body: (Int, Store) async throws -> Void
    ) async throws {
        try await database.with { stores in
            for (path, content) in [
                (String(Self.path.dropFirst()), LargeDocument.bytes), ("packages.json", Array("{}".utf8)),
            ] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: content), run: 1)
            }
            var configuration = configuration
            let usual = ServerLimits()
            // However long the rest takes, who takes nothing is not sent away before it.
            if configuration.limits.stallTimeout == usual.stallTimeout {
                configuration.limits.stallTimeout = .hours(1)
                configuration.limits.crowdedStallTimeout = .hours(1)
                configuration.limits.responseTimeout = .hours(1)
            }
            try await RunningSite.with(stores[0], configuration: configuration) { port in
                try await body(port, stores[0])
            }
        }
    }

    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n" }

    private func status(_ target: String, port: Int, from source: String = "127.0.0.1") async throws -> Int {
        try await Conversation.with(port: port, from: source) { client in
            try await client.say(self.get(target))
            return try await client.answer().status
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P22: what is not taken is not made again, and who watches is answered all the same`(
        _ database: TestDatabase
    ) async throws {
        var configuration = Site.Configuration()
        configuration.limits.untakenBytes = 1 << 20
        configuration.limits.shareAmongClients(connections: 0)
        try await self.withSite(database, configuration) { port, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // It reads the head of its answer, and then no more.
                let (isAnswered, answered) = AsyncStream<Void>.makeStream()
                group.addTask {
                    try await Conversation.with(port: port) { client in
                        try await client.say(self.get(Self.path))
                        _ = try await client.answer(hasBody: false)
                        answered.yield()
                        // Until it is cancelled.
                        for await _ in AsyncStream<Void>.makeStream().stream {}
                    }
                }
                for await _ in isAnswered { break }
                func ask() async throws -> PlainHTTP.Answer {
                    try await Conversation.with(port: port) { client in
                        try await client.say(self.get(Self.path))
                        return try await client.answer()
                    }
                }
                // The head goes ahead of what is not taken, and is there before that counts.
                var refused = try await ask()
                while refused.status == 200 { refused = try await ask() }
                #expect(refused.status == 503)
                #expect(refused.headers["retry-after"] == "2")
                for target in ["/healthz", "/readyz", "/metrics", "/status.json"] {
                    let status = try await self.status(target, port: port)
                    #expect(status == 200, "\(target)")
                }
                group.cancelAll()
                while await group.nextResult() != nil {}
                // It went away: there is room again, as soon as the server has seen it.
                while try await self.status("/packages.json", port: port) == 503 {}
                let status = try await self.status(Self.path, port: port)
                #expect(status == 200)
            }
        }
    }

    @Test func `P22: who takes nothing of an answer is sent away`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.stallTimeout = .milliseconds(100)
        try await self.withSite(.sqlite, configuration) { port, _ in
            try await Conversation.with(port: port) { client in
                try await client.say(self.get(Self.path))
                _ = try await client.answer(hasBody: false)
                // The server does not read this any more, so that its closing is seen at once.
                try await client.say("x")
                try await client.closed()
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who takes a large answer has time for all of it`(_ database: TestDatabase) async throws {
        var configuration = Site.Configuration()
        configuration.limits.stallTimeout = .hours(1)
        configuration.limits.crowdedStallTimeout = .hours(1)
        configuration.limits.responseTimeout = .seconds(1)
        configuration.limits.bodyTimeout = .seconds(1)
        try await self.withSite(database, configuration) { port, _ in
            try await Conversation.with(port: port) { client in
                try await client.say(self.get(Self.path))
                let head = try await client.answer(hasBody: false)
                try await Conversation.with(port: port) { another in
                    // What says of a body is answered by the routes.
                    try await another.say("GET \(Self.path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                    let itsHead = try await another.answer(hasBody: false)
                    // Begun later, with no more time than those would have without their bytes: sent away later.
                    let unfinished = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
                    _ = try? await PlainHTTP(port: port).exchange(Array(unfinished.utf8))
                    let (body, itsBody) = (try await client.body(of: head), try await another.body(of: itsHead))
                    #expect(body == LargeDocument.bytes && itsBody == LargeDocument.bytes)
                }
            }
        }
    }

    @Test func `who has taken a large answer has no more time for the body of the next request`() async throws {
        var configuration = Site.Configuration()
        configuration.advisoryFeeds = ["packagist"]
        configuration.limits.bodyTimeout = .seconds(1)
        try await self.withSite(.sqlite, configuration) { port, _ in
            try await Conversation.with(port: port) { client in
                let unfinished = "POST /api/security-advisories HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
                try await client.say(self.get(Self.path) + unfinished)
                let answer = try await client.answer()
                #expect(answer.body == LargeDocument.bytes)
                let next = try? await client.answer()
                #expect(next == nil, "\(String(describing: next))")
            }
        }
    }

    @Test func `P22: who sends a body slowly keeps nobody else from being answered`() async throws {
        var configuration = Site.Configuration()
        configuration.advisoryFeeds = ["packagist"]
        configuration.limits.bodyTimeout = .hours(1)
        configuration.limits.slots[.audit] = SlotLimits(atWork: 1, waiting: 0)
        try await self.withSite(.sqlite, configuration) { port, _ in
            let (path, form) = ("/api/security-advisories/", "packages[]=acme/site-kit")
            try await Conversation.with(port: port) { slow in
                try await slow.say("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(form.utf8.count)\r\n\r\n")
                // Some time or other it is being answered.
                for _ in 0..<20 {
                    let other = try await self.status("\(path)?\(form)", port: port)
                    #expect(other == 200)
                }
                try await slow.say(form)
                let status = try await slow.answer().status
                #expect(status == 200)
            }
        }
    }

    @Test(arguments: [(23, 503), (24, 200)])
    func `P22: bodies have so much memory together, and give it back`(_ bytes: Int, _ status: Int) async throws {
        var configuration = Site.Configuration()
        configuration.advisoryFeeds = ["packagist"]
        configuration.limits.wholeBodyBytes = bytes
        try await self.withSite(.sqlite, configuration) { port, _ in
            let form = "packages[]=acme/site-kit"
            let head =
                "POST /api/security-advisories/ HTTP/1.1\r\nHost: x\r\nContent-Length: \(form.utf8.count)\r\n\r\n"
            for _ in 0..<3 {
                try await Conversation.with(port: port) { client in
                    try await client.say(head + form)
                    let answer = try await client.answer().status
                    #expect(answer == status)
                }
            }
        }
    }

    @Test func `P22: one client leaves room for others`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.untakenBytes = 64 << 20
        configuration.limits.untakenBytesPerClient = 1 << 20
        try await self.withSite(.sqlite, configuration) { port, _ in
            try await Conversation.with(port: port) { client in
                try await client.say(self.get(Self.path))
                _ = try await client.answer(hasBody: false)
                let same = try await self.status("/packages.json", port: port)
                #expect(same == 503)
                let other = try await self.status("/packages.json", port: port, from: "127.0.0.2")
                #expect(other == 200)
            }
        }
    }

    @Test func `one client has its share of connections, others have theirs`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.connections = 4
        configuration.limits.shareAmongClients(connections: nil)
        try await self.withSite(.sqlite, configuration) { port, _ in
            try await Conversation.with(port: port) { first in
                try await first.say(self.get("/healthz"))
                _ = try await first.answer()
                try await Conversation.with(port: port) { second in
                    try await second.say(self.get("/healthz"))
                    _ = try await second.answer()
                    await #expect(throws: (any Error).self) { try await self.status("/healthz", port: port) }
                    let other = try await self.status("/healthz", port: port, from: "127.0.0.2")
                    #expect(other == 200)
                    try await second.say(self.get("/healthz"))
                    let still = try await second.answer().status
                    #expect(still == 200)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `invented names in reports of installations do not keep real ones from being counted`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let (store, name) = (stores[0], "wp-plugin/akismet")
            _ = try await store.engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('wordpress-plugins')")
                try session.execute(
                    "INSERT INTO packages (id, source, key, due_at_ms) VALUES (7, 'wordpress-plugins', 'akismet', 0)"
                )
            }
            _ = try await store.setRootDocument(path: "p2/\(name).json", content: Blob(of: [123, 125]), run: 1)
            _ = try await store.engine.write { try $0.execute("UPDATE objects SET package_id = 7, kind = 'document'") }
            let counter = DownloadCounter(store: store, logger: Pipeline.logger)
            try await RunningSite.with(store, downloads: counter) { port in
                try await Conversation.with(port: port) { client in
                    func report(_ names: [String]) async throws {
                        let entries = names.map { #"{"name":"\#($0)","version":"1"}"# }.joined(separator: ",")
                        let body = #"{"downloads":[\#(entries)]}"#
                        try await client.say(
                            "POST /downloads HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                        )
                        let status = try await client.answer().status
                        #expect(status == 201)
                    }
                    for round in 0..<11 { try await report((0..<1_000).map { "a/b\(round * 1_000 + $0)" }) }
                    try await report([name, "wp-plugin/invented"])
                }
                await counter.flush()
            }
            let counts = try await store.downloads(package: name, days: 30)
            #expect(counts.map(\.count) == [1])
        }
    }

    @Test func `a server that stops while clients connect ends in order`() async throws {
        try await TestDatabase.sqlite.with { stores in
            for _ in 0..<10 {
                try await withThrowingTaskGroup(of: Void.self) { clients in
                    try await RunningSite.with(stores[0]) { port in
                        let http = PlainHTTP(port: port)
                        for _ in 0..<64 {
                            clients.addTask { _ = try? await http.get("/healthz") }
                        }
                        // In the middle of their coming.
                        _ = try await clients.next()
                    }
                    while await clients.nextResult() != nil {}
                }
            }
        }
    }
}
