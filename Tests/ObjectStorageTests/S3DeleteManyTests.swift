import NIOHTTP1
import ObjectStorage
import Synchronization
import Testing

/// What goes wrong when many objects are deleted at once.
@Suite struct S3DeleteManyTests {
    static let none = ScriptedServer.Reaction.answer(200, body: result(""))

    static func result(_ inside: String) -> String {
        "<?xml version=\"1.0\"?><DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(inside)</DeleteResult>"
    }

    static func error(_ key: String, _ code: String) -> String {
        "<Error><Key>\(key)</Key><Code>\(code)</Code><Message>m &amp; n</Message></Error>"
    }

    @Test func `a request has at most 1,000 keys, escaped, with the checksum that strict servers demand`() async throws
    {
        try await ScriptedServer.with(prefix: "a&b") { _, _ in
            Self.none
        } _: { store, server, _ in
            let keys = ["<x>.json", "q'\"é"] + (0..<1_999).map { "p2/\($0)" }
            let failures = try await store.deleteMany(keys)
            #expect(failures.isEmpty)
            #expect(server.requests.map(\.uri) == [String](repeating: "/bucket?delete=", count: 3))
            let bodies = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
            #expect(bodies.map { $0.matches(of: /<Object>/).count } == [1_000, 1_000, 1])
            #expect(
                bodies[0].contains(
                    "<Quiet>true</Quiet><Object><Key>a&amp;b/&lt;x&gt;.json</Key></Object><Object><Key>a&amp;b/q'\"é</Key>"
                )
            )
            #expect(server.requests.allSatisfy { $0.headers.contains(name: "content-md5") && $0.method == .POST })
        }
    }

    @Test func `what failed is told for each key, and only what may pass is tried again`() async throws {
        try await ScriptedServer.with(prefix: "p") { _, number in
            let errors =
                number == 1
                ? Self.error("p/denied", "AccessDenied") + Self.error("p/busy", "SlowDown")
                    + Self.error("p/broken", "InternalError") + Self.error("p/gone", "NoSuchKey")
                    + "<Deleted><Key>p/fine</Key></Deleted>"
                : Self.error("p/broken", "InternalError")
            return .answer(200, headers: ["x-amz-request-id": "r1"], body: Self.result(errors))
        } _: { store, server, clock in
            let failures = try await store.deleteMany(["fine", "denied", "busy", "broken", "gone"])
            #expect(failures.keys.sorted() == ["broken", "denied"])
            #expect(failures["denied"]?.code == .accessDenied)
            #expect(failures["denied"]?.remedy?.contains("may list, read, write and delete") == true)
            #expect(failures["broken"]?.code == .serverError && failures["broken"]?.isRetryable == true)
            #expect(failures["broken"]?.description.hasPrefix("delete broken in s3://bucket/p at ") == true)
            #expect(failures["broken"]?.description.hasSuffix("InternalError: the store failed (request r1)") == true)
            let bodies = server.requests.map { String(decoding: $0.body, as: UTF8.self) }
            #expect(bodies.count == 4)
            #expect(bodies[1].contains("p/busy") && bodies[1].contains("p/broken") && !bodies[1].contains("p/denied"))
            #expect(clock.waits.withLock { $0.count } == 3)
        }
    }

    @Test(
        arguments: [
            .hangUp, .answer(500), .answer(503, body: S3FaultTests.error("SlowDown")),
            .answer(400, body: S3FaultTests.error("BadDigest")), .answer(200, body: "<html>Please log in</html>"),
            .answer(200, body: "<DeleteResult><Error><Key>a</Key>"), .cut(200, body: "<DeleteResult>", length: 400),
        ] as [ScriptedServer.Reaction]
    )
    func `a request that fails in passing is repeated whole`(_ fault: ScriptedServer.Reaction) async throws {
        try await ScriptedServer.with { _, number in
            number == 1 ? fault : Self.none
        } _: { store, server, _ in
            let failures = try await store.deleteMany(["a", "b"])
            #expect(failures.isEmpty)
            #expect(server.requests.map(\.body.count).count == 2)
            #expect(server.requests[0].body == server.requests[1].body)
        }
    }

    @Test(arguments: [
        (403, "AccessDenied", ObjectStoreError.Code.accessDenied), (404, "NoSuchBucket", .noSuchBucket),
        (500, "InternalError", .serverError),
    ])
    func `a request that fails for good is a failure of each of its keys`(
        _ status: Int,
        _ code: String,
        _ expected: ObjectStoreError.Code
    ) async throws {
        try await ScriptedServer.with(attempts: 2) { request, _ in
            String(decoding: request.body, as: UTF8.self).contains("<Key>last<")
                ? Self.none : .answer(status, body: S3FaultTests.error(code))
        } _: { store, _, _ in
            let failures = try await store.deleteMany((0..<1_000).map { "\($0)" } + ["last"])
            #expect(failures.count == 1_000)
            #expect(failures.allSatisfy { $0.value.key == $0.key && $0.value.code == expected })
        }
    }

    @Test(arguments: [(501, "NotImplemented"), (405, "MethodNotAllowed"), (405, "")])
    func `a server that cannot delete many at once is asked once, then key by key`(
        _ status: Int,
        _ code: String
    ) async throws {
        try await ScriptedServer.with { request, _ in
            if request.method == .POST { return .answer(status, body: code.isEmpty ? "" : S3FaultTests.error(code)) }
            return request.uri.hasSuffix("/b") ? .answer(403, body: S3FaultTests.error("AccessDenied")) : .answer(204)
        } _: { store, server, _ in
            for _ in 1...2 {
                let failures = try await store.deleteMany(["a", "b", "c"])
                #expect(failures.keys.sorted() == ["b"])
                #expect(failures["b"]?.code == .accessDenied)
            }
            #expect(server.requests.filter { $0.method == .POST }.count == 1)
            #expect(server.requests.filter { $0.method == .DELETE }.count == 6)
        }
    }
}
