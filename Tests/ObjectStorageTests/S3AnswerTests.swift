import NIOCore
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// What answers of S3 servers, and of what is not one, are taken for.
@Suite struct S3AnswerTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        var status: Int
        var headers: [String: String] = [:]
        var body = ""
        var code: ObjectStoreError.Code
        var s3Code: String?
        var remedy: String?
        var testDescription: String { "\(self.status) \(self.s3Code ?? self.body.prefix(20).description)" }
    }

    static func error(_ code: String, _ more: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>\(code)</Code><Message>It &quot;failed&quot; &#38;
        so on</Message>\(more)<RequestId>4442587FB7D0A2F9</RequestId><HostId/></Error>
        """
    }

    static let keys = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

    static let answers = [
        Answer(
            status: 403,
            body: error("SignatureDoesNotMatch"),
            code: .accessDenied,
            s3Code: "SignatureDoesNotMatch",
            remedy: keys
        ),
        Answer(
            status: 403,
            body: error("InvalidAccessKeyId"),
            code: .accessDenied,
            s3Code: "InvalidAccessKeyId",
            remedy: keys
        ),
        Answer(
            status: 403,
            body: error("AccessDenied"),
            code: .accessDenied,
            s3Code: "AccessDenied",
            remedy: keys + ", and that they may"
        ),
        Answer(
            status: 403,
            body: error("RequestTimeTooSkewed"),
            code: .accessDenied,
            s3Code: "RequestTimeTooSkewed",
            remedy: "clock"
        ),
        Answer(
            status: 400,
            body: error("ExpiredToken"),
            code: .accessDenied,
            s3Code: "ExpiredToken",
            remedy: "AWS_SESSION_TOKEN"
        ),
        Answer(
            status: 404,
            body: error("NoSuchBucket"),
            code: .noSuchBucket,
            s3Code: "NoSuchBucket",
            remedy: "PACKLINE_BUCKET_URL"
        ),
        Answer(
            status: 301,
            headers: ["x-amz-bucket-region": "eu-west-1"],
            body: error("PermanentRedirect"),
            code: .wrongRegion,
            s3Code: "PermanentRedirect",
            remedy: "set AWS_REGION to eu-west-1"
        ),
        Answer(
            status: 400,
            body: error("AuthorizationHeaderMalformed", "<Region>eu-west-2</Region>"),
            code: .wrongRegion,
            s3Code: "AuthorizationHeaderMalformed",
            remedy: "set AWS_REGION to eu-west-2"
        ),
        Answer(
            status: 307,
            headers: ["location": "https://elsewhere.example/"],
            body: error("TemporaryRedirect", "<Endpoint>b.s3-eu.example</Endpoint>"),
            code: .wrongRegion,
            s3Code: "TemporaryRedirect",
            remedy: "b.s3-eu.example"
        ),
        Answer(status: 400, body: error("InvalidDigest"), code: .badRequest, s3Code: "InvalidDigest"),
        Answer(
            status: 501,
            body: error("NotImplemented"),
            code: .unsupported,
            s3Code: "NotImplemented",
            remedy: "PACKLINE_S3_ENDPOINT"
        ),
        Answer(
            status: 507,
            body: error("XMinioStorageFull"),
            code: .diskFull,
            s3Code: "XMinioStorageFull",
            remedy: "free space"
        ),
        Answer(status: 418, body: "I am a teapot", code: .unexpectedStatus, remedy: "PACKLINE_S3_ENDPOINT"),
        Answer(
            status: 403,
            headers: ["server": "nginx"],
            body: "<html><head><title>403 Forbidden</title></head></html>",
            code: .accessDenied,
            remedy: keys
        ),
        Answer(status: 405, body: "", code: .unsupported, remedy: "PACKLINE_S3_PATH_STYLE"),
        Answer(status: 404, body: "<html>Not here</html>", code: .unexpectedStatus, remedy: "PACKLINE_S3_ENDPOINT"),
        Answer(
            status: 403,
            body: "<Error><Code>AccessDenied</Code><Message>cut o",
            code: .accessDenied,
            s3Code: "AccessDenied",
            remedy: keys
        ),
        Answer(status: 403, body: "{\"message\": \"<no xml &amp\" \u{1}", code: .accessDenied, remedy: keys),
    ]

    @Test(arguments: answers)
    func `a refusal is understood, not retried, and says what to do`(_ answer: Answer) async throws {
        try await ScriptedServer.with { _, _ in
            .answer(answer.status, headers: answer.headers, body: answer.body)
        } _: { store, server, _ in
            let operations: [() async throws -> Void] = [
                { _ = try await store.put(ObjectUpload(key: "a.json", bytes: [])) },
                { _ = try await store.get("a.json", maxBytes: 100) }, { try await store.delete("a.json") },
            ]
            for operation in operations {
                let error = await #expect(throws: ObjectStoreError.self) { try await operation() }
                #expect(error?.code == answer.code)
                #expect(error?.isRetryable == false)
                #expect(error?.status == answer.status)
                #expect(error?.s3Code == answer.s3Code)
                #expect(
                    answer.remedy == nil ? error?.remedy == nil : error?.remedy?.contains(answer.remedy ?? "") == true
                )
                #expect(error?.description.contains("a.json in s3://bucket at \(store.address.origin)") == true)
                #expect(error?.description.contains(where: \.isNewline) == false)
            }
            #expect(server.requests.count == 3)
        }
    }

    @Test func `the description has what the store's operator needs`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(400, body: Self.error("InvalidDigest"))
        } _: { store, server, _ in
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.put(ObjectUpload(key: "p2/a~dev.json", bytes: []))
            }
            #expect(
                error?.description == """
                    put p2/a~dev.json in s3://bucket at \(store.address.origin): status 400 InvalidDigest: \
                    the bytes don't fit their checksum (request 4442587FB7D0A2F9)
                    """
            )
        }
    }

    @Test func `no secret gets into an error, whatever the server repeats`() async throws {
        let credentials = S3Credentials(accessKey: "AKID", secretKey: "very/secret+key", sessionToken: "token-of-mine")
        let more = "<StringToSign>very/secret+key</StringToSign><AWSAccessKeyId>AKID</AWSAccessKeyId>"
        let body =
            "<Error><Code>AccessDenied</Code><Message>very/secret+key with token-of-mine is no</Message>\(more)</Error>"
        try await ScriptedServer.with(credentials: credentials) { _, _ in
            .answer(403, body: body)
        } _: { store, _, _ in
            let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
            #expect(error?.message == "the store does not allow this")
            var dumped = ""
            dump(error, to: &dumped)
            dump(store.configuration, to: &dumped)
            dumped +=
                "\(store.configuration) \(String(reflecting: store.configuration.credentials)) \(store.description)"
            #expect(!dumped.contains("secret+key") && !dumped.contains("token-of-mine"))
        }
    }

    @Test(arguments: [
        "<Error><Code>hush hush</Code><Message>hush</Message><RequestId>hush hush</RequestId><Region>hush!</Region></Error>",
        "<Error><Code>AccessDenied</Code><Message>hush</Message><Endpoint>hush/hush</Endpoint></Error>", "hush",
        "<hush></hush>", "<Hush><IsTruncated>hush</IsTruncated></Hush>", "{\"message\":\"hush\"}",
    ])
    func `nothing of an answer but plain words of its kind is in an error`(_ body: String) async throws {
        for status in [200, 301, 400, 403, 404, 500] {
            try await ScriptedServer.with(attempts: 1) { _, _ in
                .answer(
                    status,
                    headers: [
                        "x-amz-request-id": "hush hush", "x-amz-bucket-region": "hush hush", "server": "hush hush",
                    ],
                    body: body
                )
            } _: { store, _, _ in
                let operations: [() async throws -> Void] = [
                    { _ = try await store.get("a", maxBytes: 100) }, { try await store.delete("a") },
                    { _ = try await store.list(prefix: "", continuing: nil) }, { try await store.check() },
                    { _ = try await store.put(ObjectUpload(key: "a", bytes: [])) },
                    { throw try await store.deleteMany(["a"]).values.first ?? CancellationError() },
                ]
                for operation in operations {
                    do { try await operation() } catch { #expect(!"\(error)".contains("hush"), "\(status) \(error)") }
                }
            }
        }
    }

    @Test func `an error about a key that was not asked for is no answer`() async throws {
        try await ScriptedServer.with(attempts: 1) { _, _ in
            .answer(200, body: "<DeleteResult><Error><Key>hush</Key><Code>AccessDenied</Code></Error></DeleteResult>")
        } _: { store, _, _ in
            let failures = try await store.deleteMany(["a"])
            #expect(failures["a"]?.code == .unexpectedAnswer)
            #expect(failures["hush"] == nil)
        }
    }

    @Test func `of a large error page only the beginning is kept`() async throws {
        try await ScriptedServer.with { _, _ in
            .answer(403, body: Self.error("AccessDenied") + String(repeating: " ", count: 1 << 20))
        } _: { store, _, _ in
            let answer = try await store.exchange(store.request(.delete, .DELETE, key: "a"))
            #expect(answer.body.readableBytes == HTTPAnswerCollector.maxErrorBytes)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.delete("a") }
            #expect(error?.s3Code == "AccessDenied")
        }
    }

    @Test func `a missing object is told from a missing bucket`() async throws {
        try await ScriptedServer.with { _, number in
            .answer(404, body: number <= 2 ? Self.error("NoSuchKey") : "")
        } _: { store, _, _ in
            try await store.delete("a")
            let listed = try await store.get("a", maxBytes: 10)
            let silent = try await store.get("a", maxBytes: 10)
            let version = try await store.head("a")
            #expect(listed == nil && silent == nil && version == nil)
        }
    }

    @Test func `what goes over the wire is what was signed`() async throws {
        try await ScriptedServer.with(prefix: "mirror/of wp") { request, _ in
            request.method == .GET
                ? .answer(200, body: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
                : .answer(200, headers: ["ETag": "\"e\""])
        } _: { store, server, _ in
            let bytes = Array(#"{"a":1}"#.utf8)
            _ = try await store.put(
                ObjectUpload(
                    key: "p2/é's b+c%2F~dev.json",
                    bytes: bytes,
                    cacheControl: "public, max-age=60",
                    contentEncoding: "gzip",
                    condition: .ifNoneMatch
                )
            )
            _ = try await store.list(prefix: "p 2/", continuing: "1/é=")
            let put = try #require(server.requests.first)
            #expect(put.uri == "/bucket/mirror/of%20wp/p2/%C3%A9%27s%20b%2Bc%252F~dev.json")
            #expect(put.body == bytes)
            let expected = [
                "host": String(store.address.origin.dropFirst("http://".count)), "content-length": "7",
                "content-type": "application/json", "cache-control": "public, max-age=60", "content-encoding": "gzip",
                "if-none-match": "*", "content-md5": "u2y1xo30ZSlByvZSo2by2A==",
            ]
            for (name, value) in expected { #expect(put.headers[name] == [value], "\(name)") }
            #expect(!put.headers.contains(name: "transfer-encoding"))
            let hash = try #require(put.headers.first(name: "x-amz-content-sha256"))
            #expect(hash == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")
            #expect(
                server.requests.last?.uri == """
                    /bucket?continuation-token=1%2F%C3%A9%3D&encoding-type=url&list-type=2&max-keys=1000\
                    &prefix=mirror%2Fof%20wp%2Fp%202%2F
                    """
            )
        }
    }
}
