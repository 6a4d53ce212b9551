import NIOHTTP1
import ObjectStorage
import Synchronization
import Testing

/// A fault at each request of each operation, one after the other, and the result is as if there had been none.
@Suite struct S3EveryRequestTests {
    enum Fault: String, Sendable, CaseIterable {
        case resetBefore, resetAfter, errorBefore, errorAfter, slowDown, cutAfter, silenceAfter, badDigest, login
    }

    /// Some objects, with ETags and conditions as S3 has them.
    final class Objects: Sendable {
        private let objects = Mutex<[String: String]>([:])

        var keys: [String] { self.objects.withLock { $0.keys.sorted() } }

        static func etag(_ text: String) -> String { ObjectStoreConformanceTests.etag(of: Array(text.utf8)) }

        func answer(to request: ScriptedServer.Request) -> ScriptedServer.Reaction {
            let body = String(decoding: request.body, as: UTF8.self)
            return self.objects.withLock { objects in
                let parts = request.uri.split(separator: "?", maxSplits: 1)
                guard parts.count == 1 else { return Self.wholeBucket(request, body, &objects) }
                let key = String(request.uri.dropFirst("/bucket/".count))
                let live = objects[key]
                switch request.method {
                case .PUT:
                    let wanted = request.headers.first(name: "if-match")
                    let isMet =
                        request.headers.contains(name: "if-none-match")
                        ? live == nil : wanted == nil || wanted == live.map { "\"\(Self.etag($0))\"" }
                    guard isMet else { return .answer(412, body: S3FaultTests.error("PreconditionFailed")) }
                    objects[key] = body
                    return .answer(200, headers: ["ETag": "\"\(Self.etag(body))\""])
                case .DELETE:
                    objects[key] = nil
                    return .answer(204)
                default:
                    guard let live else { return .answer(404, body: S3FaultTests.error("NoSuchKey")) }
                    return .answer(200, headers: ["ETag": "\"\(Self.etag(live))\""], body: live)
                }
            }
        }

        private static func wholeBucket(
            _ request: ScriptedServer.Request,
            _ body: String,
            _ objects: inout [String: String]
        ) -> ScriptedServer.Reaction {
            let isOfProbes = request.uri.contains("prefix=.packline")
            if request.method == .POST {
                for match in body.matches(of: /<Key>([^<]*)<\/Key>/) { objects[String(match.1)] = nil }
                return S3DeleteManyTests.none
            }
            let contents = objects.filter { !isOfProbes || $0.key.hasPrefix(".packline/") }.sorted { $0.key < $1.key }
                .map {
                    key,
                    text in
                    "<Contents><Key>\(key)</Key><ETag>\(Self.etag(text))</ETag><Size>\(text.utf8.count)</Size></Contents>"
                }
            let page = contents.joined() + "<IsTruncated>false</IsTruncated>"
            return .answer(200, body: "<ListBucketResult>\(page)</ListBucketResult>")
        }
    }

    /// What the server does instead of `answer`, which has taken effect by then or is to take effect by being called.
    static func spoil(_ fault: Fault, _ answer: () -> ScriptedServer.Reaction) -> ScriptedServer.Reaction {
        switch fault {
        case .resetBefore: return .hangUp
        case .errorBefore: return .answer(500, body: S3FaultTests.error("InternalError"))
        case .slowDown: return .answer(503, body: S3FaultTests.error("SlowDown"))
        case .badDigest: return .answer(400, body: S3FaultTests.error("BadDigest"))
        case .login: return .answer(502, body: "<html>Please log in</html>")
        case .resetAfter:
            _ = answer()
            return .hangUp
        case .errorAfter:
            _ = answer()
            return .answer(500)
        case .silenceAfter:
            _ = answer()
            return .silence
        case .cutAfter:
            guard case .answer(let status, let headers, let body) = answer() else { return .hangUp }
            return .cut(status, headers: headers, body: String(body.prefix(5)), length: body.utf8.count + 10)
        }
    }

    /// Everything that a store can do.
    static func everything(_ store: S3ObjectStore) async throws {
        func upload(_ text: String, _ condition: ObjectUpload.Condition = .none) -> ObjectUpload {
            ObjectUpload(key: "a", bytes: Array(text.utf8), condition: condition)
        }
        try await store.check()
        let first = try await store.put(upload("first", .ifNoneMatch))
        let second = try await store.put(upload("second", .ifMatch(first.etag)))
        let late = await #expect(throws: ObjectStoreError.self) {
            _ = try await store.put(upload("late", .ifMatch(first.etag)))
        }
        #expect(late?.code == .preconditionFailed)
        let head = try await store.head("a")
        #expect(head?.etag == second.etag)
        let object = try await store.get("a", maxBytes: 100)
        #expect(object?.bytes == Array("second".utf8))
        _ = try await store.put(ObjectUpload(key: "b", bytes: []))
        let keepsConditions = try await store.detectConditions()
        #expect(keepsConditions)
        let listed = try await TestStore.allObjects(of: store)
        #expect(
            listed == [
                ListedObject(key: "a", etag: second.etag, size: 6),
                ListedObject(key: "b", etag: Objects.etag(""), size: 0),
            ]
        )
        try await store.delete("b")
        let failures = try await store.deleteMany(["a", "b", "c"])
        #expect(failures.isEmpty)
    }

    @Test(arguments: Fault.allCases)
    func `a fault at any request changes nothing in the end`(_ fault: Fault) async throws {
        var count = 0
        try await ScriptedServer.with(script: { [objects = Objects()] request, _ in objects.answer(to: request) }) {
            store,
            server,
            _ in
            try await Self.everything(store)
            count = server.requests.count
        }
        #expect(count == 17)
        // At once, because a client that is left waiting waits for long: a slow machine must not look like silence.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for spoilt in 1...count {
                group.addTask { [count] in try await Self.expectNothingChanges(fault, at: spoilt, of: count) }
            }
            try await group.waitForAll()
        }
    }

    private static func expectNothingChanges(_ fault: Fault, at spoilt: Int, of count: Int) async throws {
        let objects = Objects()
        try await ScriptedServer.with(timeout: .seconds(fault == .silenceAfter ? 20 : 120)) {
            request,
            number in
            // What has no body cannot be damaged on its way.
            number == spoilt && (fault != .badDigest || !request.body.isEmpty)
                ? Self.spoil(fault) { objects.answer(to: request) } : objects.answer(to: request)
        } _: { store, server, _ in
            try await Self.everything(store)
            // At most the repeated request, and a question whether an upload took effect.
            #expect((count...count + 2).contains(server.requests.count), "request \(spoilt)")
        }
        #expect(objects.keys.isEmpty, "request \(spoilt)")
    }
}
