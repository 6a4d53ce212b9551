import NIOHTTP1
import Resilience
import Testing

@testable import ObjectStorage

/// How the number of requests at once follows what the store says.
@Suite struct S3ConcurrencyTests {
    @Test(arguments: [
        (503, "SlowDown", 128), (429, "", 128), (400, "RequestTimeout", 128), (503, "", 128),
        (500, "InternalError", 256),
        (409, "ConditionalRequestConflict", 256),
    ])
    func `an answer that asks for less halves the number of requests at once`(
        _ status: Int,
        _ code: String,
        _ limit: Int
    ) async throws {
        try await ScriptedServer.with { _, number in
            number == 1 ? .answer(status, body: code.isEmpty ? "" : S3FaultTests.error(code)) : S3FaultTests.stored
        } _: { store, _, _ in
            _ = try await store.put(S3FaultTests.object)
            #expect(store.concurrency.limit == limit)
        }
    }

    @Test func `successes bring it back`() async throws {
        try await ScriptedServer.with { _, number in
            number <= 7 ? .answer(503, headers: ["Retry-After": "0"]) : S3FaultTests.stored
        } _: { store, _, _ in
            for _ in 1...2 { _ = try? await store.put(S3FaultTests.object) }
            #expect(store.concurrency.limit == 2)
            for _ in 0..<7 { _ = try await store.put(S3FaultTests.object) }
            #expect(store.concurrency.limit == 4)
        }
    }
}
