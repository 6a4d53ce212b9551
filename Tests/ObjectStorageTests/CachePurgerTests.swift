import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOHTTP1
import Resilience
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

/// Telling caches about changed objects, which may fail without failing anything else.
@Suite struct CachePurgerTests {
    /// Runs `body` with a purger of a service on a scripted server, and gives what was logged.
    static func with(
        _ target: @Sendable (String) -> HTTPCachePurger.Target,
        _ script: @escaping @Sendable (ScriptedServer.Request, Int) -> ScriptedServer.Reaction,
        _ body: (HTTPCachePurger, ScriptedServer, SleepLog) async throws -> Void
    ) async throws -> [String] {
        let log = Mutex<[String]>([])
        try await ScriptedServer.with(script: script) { store, server, clock in
            try await CredentialTests.withHTTP { http in
                let sink = RecordedLog()
                let purger = HTTPCachePurger(
                    http: http,
                    target: target(store.address.origin),
                    baseURL: "https://repo.example/wp",
                    clock: clock,
                    logger: Logger(label: "test") { _ in sink }
                )
                try await body(purger, server, clock)
                log.withLock { $0 = sink.lines }
            }
        }
        return log.withLock { $0 }
    }

    static func files(_ request: ScriptedServer.Request, _ field: String) throws -> [String] {
        try JSONDecoder().decode([String: [String]].self, from: Data(request.body))[field] ?? []
    }

    @Test func `Cloudflare is told 30 URLs a request, in turn, with the zone and the token`() async throws {
        let keys = (0..<65).map { "p2/wp-plugin/slug \($0)~dev.json" }
        let log = try await Self.with({ .cloudflare(zone: "z1", token: "hush", api: $0 + "/client/v4") }) { _, _ in
            .answer(200, body: #"{"success":true}"#)
        } _: { purger, server, clock in
            await purger.purge(keys)
            let requests = server.requests
            #expect(requests.map(\.uri) == [String](repeating: "/client/v4/zones/z1/purge_cache", count: 3))
            #expect(requests.allSatisfy { $0.method == .POST && $0.headers["authorization"] == ["Bearer hush"] })
            let batches = try requests.map { try Self.files($0, "files") }
            #expect(batches.map(\.count) == [30, 30, 5])
            #expect(batches.joined().first == "https://repo.example/wp/p2/wp-plugin/slug%200~dev.json")
            #expect(Set(batches.joined()).count == 65)
            // The second and the third wait for their turns.
            #expect(clock.waits.withLock { $0 } == [.seconds(1), .seconds(2)])
        }
        #expect(log.isEmpty)
    }

    @Test func `a webhook is told 100 URLs a request`() async throws {
        let log = try await Self.with({ .webhook($0 + "/purge?key=hush") }) { _, _ in
            .answer(204)
        } _: { purger, server, _ in
            await purger.purge((0..<150).map { "p2/\($0)" })
            await purger.purge([])
            #expect(server.requests.map(\.uri) == ["/purge?key=hush", "/purge?key=hush"])
            let counts = try server.requests.map { try Self.files($0, "urls").count }
            #expect(counts == [100, 50])
        }
        #expect(log.isEmpty)
    }

    @Test(arguments: [.hangUp, .answer(500), .answer(429, headers: ["Retry-After": "7"])] as [ScriptedServer.Reaction])
    func `what passes is tried again`(_ fault: ScriptedServer.Reaction) async throws {
        let log = try await Self.with({ .webhook($0) }) { _, number in
            number == 1 ? fault : .answer(200)
        } _: { purger, server, _ in
            await purger.purge(["a"])
            #expect(server.requests.count == 2)
        }
        #expect(log.isEmpty)
    }

    @Test(
        arguments: [
            (.answer(403, body: "hush"), 1), (.answer(500, body: "hush"), 3), (.hangUp, 3), (.answer(301), 1),
        ] as [(ScriptedServer.Reaction, Int)]
    )
    func `a service that is down is left after one batch, with one line and no secret`(
        _ fault: ScriptedServer.Reaction,
        _ tries: Int
    ) async throws {
        let log = try await Self.with({ .cloudflare(zone: "z", token: "hush", api: $0) }) { _, _ in
            fault
        } _: { purger, server, _ in
            await purger.purge((0..<100).map { "p2/\($0)" })
            #expect(server.requests.count == tries)
        }
        #expect(log.count == 1)
        #expect(log.first?.contains("100") == true && log.first?.contains("Cloudflare") == true)
        #expect(log.first?.contains("hush") == false)
    }
}
