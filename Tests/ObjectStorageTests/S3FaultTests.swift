import Crypto
import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import Transport

@testable import ObjectStorage

/// What goes wrong between client and store, one by one.
@Suite struct S3FaultTests {
    static let object = ObjectUpload(key: "p2/wp-plugin/akismet.json", bytes: Array("{}".utf8))
    /// The MD5 of `{}`.
    static let etag = "99914b932bd37a50b983c5e7c90ae93b"
    static let stored = ScriptedServer.Reaction.answer(200, headers: ["ETag": "\"\(etag)\""])

    static func error(_ code: String, message: String = "m") -> String {
        "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message><RequestId>r1</RequestId></Error>"
    }

    static let passing: [ScriptedServer.Reaction] = [
        .hangUp, .answer(500), .answer(502, body: "<html>Bad gateway</html>"), .answer(503, body: error("SlowDown")),
        .answer(504), .answer(429), .answer(408), .answer(409, body: error("ConditionalRequestConflict")),
        .answer(400, body: error("BadDigest")), .answer(400, body: error("RequestTimeout")),
        .answer(200, body: "<html>Please log in</html>"),
        .cut(500, body: "<Error><Code>Inter", length: 500),
    ]

    @Test(arguments: passing)
    func `an upload survives what passes by itself`(_ fault: ScriptedServer.Reaction) async throws {
        try await ScriptedServer.with { _, number in
            number == 1 ? fault : Self.stored
        } _: { store, server, clock in
            let version = try await store.put(Self.object)
            #expect(version == ObjectVersion(etag: Self.etag, size: 2))
            #expect(server.requests.map(\.body) == [Array("{}".utf8), Array("{}".utf8)])
            #expect(clock.waits.withLock { $0.count } == 1)
            #expect(store.requestCount == 2)
        }
    }

    @Test(arguments: [ScriptedServer.Reaction.silence, .silenceAfterHead(200, headers: ["ETag": "\"x\""])])
    func `a store that falls silent is left after the timeout`(_ silence: ScriptedServer.Reaction) async throws {
        try await ScriptedServer.with(timeout: .milliseconds(200), attempts: 2) { _, _ in
            silence
        } _: { store, _, clock in
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.get("a", maxBytes: 10_000)
            }
            #expect(error?.code == .timeout)
            #expect(error?.isRetryable == true)
            #expect(store.requestCount == 2)
            #expect(clock.waits.withLock { $0.count } == 1)
        }
    }

    @Test(arguments: [200, 403, 500])
    func `P21: an answer that trickles in is given up, a refusal too`(_ status: Int) async throws {
        let pace = BodyPace(window: .milliseconds(200), bytes: 1_000)
        try await ScriptedServer.with(pace: pace, attempts: 1) { _, _ in
            .drip(status, headers: ["ETag": "\"x\""])
        } _: { store, _, _ in
            let operations: [() async throws -> Void] = [
                { _ = try await store.get("a", maxBytes: 1 << 20) },
                { _ = try await store.list(prefix: "", continuing: nil) }, { try await store.delete("a") },
                { _ = try await store.put(Self.object) },
            ]
            for operation in operations {
                let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
                #expect(error?.code == .timeout && error?.message.contains("trickled") == true)
                #expect(error?.isRetryable == true)
            }
        }
    }

    @Test func `P21: where a try may take no longer than a window, its end is the limit`() async throws {
        try await ScriptedServer.with(timeout: .milliseconds(200), attempts: 1) { _, _ in
            .drip(200, headers: ["ETag": "\"x\""])
        } _: { store, _, _ in
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.list(prefix: "", continuing: nil)
            }
            #expect(error?.code == .timeout)
        }
    }

    @Test func `what a large body may take longer is added to the time of a try`() {
        let configuration = S3Configuration(
            bucket: "b",
            region: "r",
            credentials: S3Credentials(accessKey: "k", secretKey: "s")
        )
        var request = S3Request(operation: .put, method: .PUT, path: "/", headers: [])
        #expect(configuration.timeout(for: request) == .seconds(30))
        request.body = .buffer(ByteBuffer(repeating: 0, count: 40 << 20))
        #expect(configuration.timeout(for: request) == .seconds(30 + 640))
        request = S3Request(operation: .get, method: .GET, path: "/", headers: [], maxAnswerBytes: .max)
        #expect(configuration.timeout(for: request) > .seconds(30))
    }

    @Test func `a body that is cut off is no object`() async throws {
        let cut = ScriptedServer.Reaction.cut(200, headers: ["ETag": "\"x\""], body: "half", length: 8)
        try await ScriptedServer.with { _, number in
            number == 1 ? cut : .answer(200, headers: ["ETag": "\"x\""], body: "complete")
        } _: { store, _, _ in
            let object = try await store.get("a", maxBytes: 100)
            #expect(object?.bytes == Array("complete".utf8))
            #expect(object?.version == ObjectVersion(etag: "x", size: 8))
        }
    }

    @Test func `Retry-After is a floor, and one too long hands the wait to the caller`() async throws {
        try await ScriptedServer.with { _, number in
            switch number {
            case 1: .answer(503, headers: ["Retry-After": "17"])
            case 2: Self.stored
            default: .answer(503, headers: ["Retry-After": "3600"])
            }
        } _: { store, server, clock in
            _ = try await store.put(Self.object)
            #expect(clock.waits.withLock { $0 } == [.seconds(17)])
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(Self.object) }
            #expect(error?.code == .slowDown)
            #expect(error?.retryAfter == .seconds(3_600))
            #expect(server.requests.count == 3)
        }
    }

    @Test func `tries end, and the last error is thrown as it was`() async throws {
        try await ScriptedServer.with { _, number in
            .answer(503, headers: ["x-amz-request-id": "try-\(number)"], body: "<Error><Code>SlowDown</Code></Error>")
        } _: { store, server, _ in
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(Self.object) }
            #expect(error?.requestID == "try-4")
            #expect(error?.isRetryable == true)
            #expect(server.requests.count == 4)
        }
    }

    @Test func `an upload whose answer was lost is recognised by its ETag`() async throws {
        let conditions: [ObjectUpload.Condition] = [.ifNoneMatch, .ifMatch("0123")]
        for condition in conditions {
            try await ScriptedServer.with { request, number in
                if request.method == .HEAD { return Self.stored }
                return number == 1 ? .hangUp : .answer(412, body: Self.error("PreconditionFailed"))
            } _: { store, server, _ in
                var object = Self.object
                object.condition = condition
                let version = try await store.put(object)
                #expect(version == ObjectVersion(etag: Self.etag, size: 2))
                #expect(server.requests.map(\.method) == [.PUT, .PUT, .HEAD])
            }
        }
    }

    @Test func `a lost answer does not make another writer's object ours`() async throws {
        try await ScriptedServer.with { request, number in
            if request.method == .HEAD { return .answer(200, headers: ["ETag": "\"another\""]) }
            return number == 1 ? .answer(500) : .answer(412, body: Self.error("PreconditionFailed"))
        } _: { store, _, _ in
            var object = Self.object
            object.condition = .ifNoneMatch
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(object) }
            #expect(error?.code == .preconditionFailed)
        }
    }

    @Test func `a condition that is not met is no reason to try again`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(412, body: Self.error("PreconditionFailed"))
        } _: { store, server, _ in
            var object = Self.object
            object.condition = .ifMatch("0123")
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(object) }
            #expect(error?.code == .preconditionFailed)
            #expect(error?.isRetryable == false)
            #expect(server.requests.count == 1)
            #expect(server.requests.first?.headers.first(name: "if-match") == "\"0123\"")
        }
    }

    @Test func `a server that is not there is reported at once, with a remedy`() async throws {
        // One that was free a moment ago may be another test's by now.
        let endpoint = try S3Endpoint("http://127.0.0.1:1")
        let unknown = try S3Endpoint("http://no-such-host.invalid")
        try await TestStore.withS3(endpoint: unknown, attempts: 1) { store in
            let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
            #expect(error?.message == "cannot connect to no-such-host.invalid:80: the name is not known")
        }
        try await TestStore.withS3(endpoint: endpoint, attempts: 1) { store in
            let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
            #expect(error?.code == .unreachable)
            #expect(error?.isRetryable == true)
            #expect(error?.message == "the connection failed: Connection refused")
            #expect(error?.remedy?.contains("PACKLINE_S3_ENDPOINT") == true)
        }
    }

    @Test func `cancellation is not taken for a fault`() async throws {
        let arrived = AsyncStream<Void>.makeStream()
        try await ScriptedServer.with(attempts: 1) { _, _ in
            arrived.continuation.yield()
            return .silence
        } _: { store, server, _ in
            let upload = Task { _ = try await store.put(Self.object) }
            for await _ in arrived.stream { break }
            upload.cancel()
            await #expect(throws: CancellationError.self) { try await upload.value }
            #expect(server.requests.count == 1)
        }
    }
}
