import Foundation
import Testing

@testable import Sandbox

@Suite struct S3Tests {
    /// SHA-256 of the few bodies that the tests sign; taken from `sha256sum`.
    static func sha256(_ body: String) -> String {
        [
            "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "one": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
            "two": "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        ][body] ?? "UNSIGNED-PAYLOAD"
    }

    static func withStore<R: Sendable>(
        _ settings: SandboxSettings = .init(),
        _ body: (SignedClient, Sandbox) async throws -> R
    ) async throws -> R {
        try await withSandbox(SandboxWorld(), settings: settings) { client, sandbox in
            try await body(SignedClient(client: client), sandbox)
        }
    }

    /// What S3's error document names.
    static func code(_ answer: TestClient.Answer) -> String {
        answer.text.split(separator: "<Code>").dropFirst().first.map { String($0.prefix { $0 != "<" }) } ?? ""
    }

    @Test func `an object comes back as it was stored, by name and with its headers`() async throws {
        try await Self.withStore { s3, sandbox in
            let key = "/b/p2/odd%20key+%25%26%C3%A9~.json"
            let headers = ["Content-Type": "application/json", "Cache-Control": "max-age=60", "x-amz-meta-run": "7"]
            let stored = try await s3.put(key, "one", headers: headers)
            #expect(stored.status == 200)
            #expect(stored.header("ETag") == "\"f97c5d29941bfb1b2fdab0874906ab82\"")
            #expect(stored.header("x-amz-request-id")?.isEmpty == false)
            let read = try await s3.send("GET", key)
            #expect(read.text == "one")
            for (name, value) in headers { #expect(read.header(name) == value) }
            #expect(read.header("ETag") == "\"f97c5d29941bfb1b2fdab0874906ab82\"")
            #expect(sandbox.objects.keys(bucket: "b") == ["p2/odd key+%&é~.json"])
            let head = try await s3.send("HEAD", key)
            #expect(head.header("Content-Length") == "3")
            let since = try #require(read.header("Last-Modified"))
            let unchanged = try await s3.client.get(key, headers: ["If-Modified-Since": since])
            #expect(unchanged.status == 304)
        }
    }

    @Test func `signatures are those of AWS's published examples`() throws {
        let verifier = SignatureVerifier(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            checksClock: false
        )
        let empty = Self.sha256("")
        let examples: [(method: String, target: String, headers: [String: String], signed: String, signature: String)] =
            [
                (
                    "GET", "/test.txt", ["Range": "bytes=0-9", "x-amz-content-sha256": empty],
                    "host;range;x-amz-content-sha256;x-amz-date",
                    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
                ),
                (
                    "PUT", "/test$file.text",
                    [
                        "Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
                        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                    ],
                    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
                ),
                (
                    "GET", "/?lifecycle", ["x-amz-content-sha256": empty], "host;x-amz-content-sha256;x-amz-date",
                    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
                ),
                (
                    "GET", "/?max-keys=2&prefix=J", ["x-amz-content-sha256": empty],
                    "host;x-amz-content-sha256;x-amz-date",
                    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
                ),
            ]
        for example in examples {
            var headers = ["host": "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z"]
            for (name, value) in example.headers { headers[name.lowercased()] = value }
            let request = SignedRequest(
                method: example.method,
                target: RequestTarget(example.target),
                header: { headers[String($0)] ?? "" }
            )
            let scope = ["20130524", "us-east-1", "s3", "aws4_request"].map { Substring($0) }
            let signature = verifier.signature(
                of: request,
                date: "20130524T000000Z",
                scope: scope[...],
                signedHeaders: example.signed[...]
            )
            #expect(signature == example.signature, "\(example.method) \(example.target)")
        }
    }

    @Test func `wrong keys, signatures, clocks and digests are refused with S3's codes`() async throws {
        try await Self.withStore { s3, sandbox in
            var stranger = s3
            stranger.accessKey = "nobody"
            #expect(Self.code(try await stranger.put("/b/k", "one")) == "InvalidAccessKeyId")
            var liar = s3
            liar.secret = "guessed"
            #expect(Self.code(try await liar.put("/b/k", "one")) == "SignatureDoesNotMatch")
            var early = s3
            early.clockOffset = 1_000
            #expect(Self.code(try await early.put("/b/k", "one")) == "RequestTimeTooSkewed")
            let swapped = try await s3.send("PUT", "/b/k", body: "two", announcedBody: "one")
            #expect(Self.code(swapped) == "XAmzContentSHA256Mismatch")
            #expect(swapped.status == 400)
            let damaged = try await s3.put("/b/k", "one", headers: ["Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="])
            #expect(Self.code(damaged) == "BadDigest")
            let right = try await s3.put("/b/other", "one", headers: ["Content-MD5": "+XxdKZQb+xsv2rCHSQargg=="])
            #expect(right.status == 200)
            let unsigned = try await s3.client.send("PUT", "/b/k", body: "one")
            #expect(Self.code(unsigned) == "AccessDenied")
            #expect(sandbox.objects.keys(bucket: "b") == ["other"])
        }
    }

    @Test func `writes hold to their conditions, unless the store is told to ignore them`() async throws {
        let etag = "\"f97c5d29941bfb1b2fdab0874906ab82\""
        func statuses(_ s3: SignedClient) async throws -> [Int] {
            [
                try await s3.put("/b/missing", "one", headers: ["If-Match": etag]).status,
                try await s3.put("/b/k", "one", headers: ["If-None-Match": "*"]).status,
                try await s3.put("/b/k", "one", headers: ["If-None-Match": "*"]).status,
                try await s3.put("/b/k", "one", headers: ["If-Match": "\"0\""]).status,
                try await s3.put("/b/k", "two", headers: ["If-Match": etag]).status,
                try await s3.put("/b/k", "one", headers: ["If-Match": etag]).status,
            ]
        }
        try await Self.withStore { s3, _ in
            let found = try await statuses(s3)
            #expect(found == [404, 200, 412, 412, 200, 412])
        }
        var settings = SandboxSettings()
        settings.ignoresConditions = true
        try await Self.withStore(settings) { s3, _ in
            let found = try await statuses(s3)
            #expect(found == [200, 200, 200, 200, 200, 200])
        }
        settings.ignoresConditions = false
        settings.refusesConditions = true
        try await Self.withStore(settings) { s3, _ in
            let found = try await statuses(s3)
            #expect(found.allSatisfy { $0 == 501 })
            let plain = try await s3.put("/b/plain", "one").status
            #expect(plain == 200)
        }
    }

    @Test func `listings page through keys in byte order, with prefix, start and encoding`() async throws {
        try await Self.withStore { s3, _ in
            for key in ["p/a", "p/b%20c", "p/d", "q/e", "%C3%A9"] { _ = try await s3.put("/b/\(key)", "one") }
            func keys(_ query: String) async throws -> ([String], next: String?) {
                let text = try await s3.send("GET", "/b?list-type=2&\(query)").text
                let keys = text.split(separator: "<Key>").dropFirst().map { String($0.prefix { $0 != "<" }) }
                let next = text.split(separator: "<NextContinuationToken>").dropFirst().first
                return (keys, next.map { String($0.prefix { $0 != "<" }) })
            }
            let all = try await keys("")
            #expect(all.0 == ["p/a", "p/b c", "p/d", "q/e", "é"])
            let first = try await keys("max-keys=2&prefix=p/&encoding-type=url")
            #expect(first.0 == ["p/a", "p/b%20c"])
            let token = try #require(first.next)
            let second = try await keys("max-keys=2&prefix=p/&continuation-token=\(token)")
            #expect(second.0 == ["p/d"])
            #expect(second.next == nil)
            let after = try await keys("start-after=p%2Fd")
            #expect(after.0 == ["q/e", "é"])
            let grouped = try await s3.send("GET", "/b?list-type=2&delimiter=%2F").text
            #expect(grouped.contains("<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>"))
            #expect(grouped.contains("<KeyCount>3</KeyCount>"))
        }
    }

    @Test func `keys are deleted one by one or many at once, missing ones too`() async throws {
        try await Self.withStore { s3, sandbox in
            for key in ["a", "b%26c", "d"] { _ = try await s3.put("/b/\(key)", "one") }
            let deleted = try await s3.send("DELETE", "/b/a")
            #expect(deleted.status == 204)
            let body = "<Delete><Object><Key>b&amp;c</Key></Object><Object><Key>none</Key></Object></Delete>"
            let many = try await s3.send("POST", "/b?delete", body: body)
            #expect(many.text.contains("<Deleted><Key>b&amp;c</Key></Deleted>"))
            #expect(sandbox.objects.keys(bucket: "b") == ["d"])
            let bad = try await s3.send("POST", "/b?delete", body: "nonsense")
            #expect(Self.code(bad) == "MalformedXML")
        }
    }

    @Test func `the order of writes can be read back, with their hashes`() async throws {
        try await Self.withStore { s3, sandbox in
            _ = try await s3.put("/b/z", "one")
            _ = try await s3.put("/b/a", "two")
            _ = try await s3.put("/b/a", "one", headers: ["If-None-Match": "*"])
            _ = try await s3.send("DELETE", "/b/z")
            #expect(
                sandbox.objects.writes == [
                    WriteRecord(sequence: 1, method: "PUT", bucket: "b", key: "z", sha256: Self.sha256("one"), size: 3),
                    WriteRecord(sequence: 2, method: "PUT", bucket: "b", key: "a", sha256: Self.sha256("two"), size: 3),
                    WriteRecord(sequence: 3, method: "DELETE", bucket: "b", key: "z", sha256: nil, size: 0),
                ]
            )
            let shown = try await s3.client.get("/_sandbox/writes")
            #expect(try JSONDecoder().decode([WriteRecord].self, from: Data(shown.body)) == sandbox.objects.writes)
        }
    }

    @Test func `objects planted or lost behind the protocol's back are seen, and are no writes`() async throws {
        try await Self.withStore { s3, sandbox in
            _ = try await s3.put("/b/k", "one")
            sandbox.objects.plant(bucket: "b", key: "extra", Array("two".utf8))
            let planted = try await s3.client.get("/b/extra")
            #expect(planted.text == "two")
            #expect(planted.header("ETag") == "\"b8a9f715dbb64fd5c56e7783c6820a61\"")
            sandbox.objects.lose(bucket: "b", key: "k")
            #expect(sandbox.objects.keys(bucket: "b") == ["extra"])
            #expect(sandbox.objects.writes.map(\.key) == ["k"])
        }
    }

    @Test func `objects are readable without a signature, or not at all when that is turned off`() async throws {
        try await Self.withStore { s3, _ in
            _ = try await s3.put("/b/packages.json", "one")
            let byPath = try await s3.client.get("/b/packages.json")
            #expect(byPath.text == "one")
            let byHost = try await s3.client.get("/packages.json", headers: ["Host": "b.localhost:\(s3.client.port)"])
            #expect(byHost.text == "one")
            let missing = try await s3.client.get("/b/none")
            #expect(missing.status == 404)
            let listing = try await s3.client.get("/b?list-type=2")
            #expect(listing.status == 403)
        }
        var settings = SandboxSettings()
        settings.allowsAnonymousReads = false
        try await Self.withStore(settings) { s3, _ in
            _ = try await s3.put("/b/packages.json", "one")
            let refused = try await s3.client.get("/b/packages.json")
            #expect(refused.status == 403)
        }
    }

    @Test func `a website serves a bucket at its root, for reading only`() async throws {
        let sandbox = Sandbox(world: SandboxWorld())
        try await sandbox.withRunningServer(websites: [(bucket: "b", port: 0)]) { address in
            let s3 = SignedClient(client: TestClient(port: address.port))
            _ = try await s3.put("/b/p2/x.json", "one")
            let website = TestClient(port: try #require(address.websitePorts["b"]))
            let page = try await website.get("/p2/x.json")
            #expect(page.text == "one")
            #expect(sandbox.statistics.count(.website) == 1)
            let written = try await website.send("PUT", "/p2/x.json", body: "two")
            #expect(written.status == 403)
        }
    }

    @Test(arguments: [
        (SandboxFault.Effect.reset, false), (.resetAfterEffect, true), (.status(503), false), (.status(500), false),
        (.wrongETag, true),
    ])
    func `a failing write has had its effect or not, as told`(effect: SandboxFault.Effect, tookEffect: Bool)
        async throws
    {
        try await Self.withStore { s3, sandbox in
            sandbox.fail(SandboxFault(effect, route: .s3Put, pattern: "p2/*", times: 1))
            let answer = try? await s3.put("/b/p2/x.json", "one")
            #expect((sandbox.objects.object(bucket: "b", key: "p2/x.json") != nil) == tookEffect)
            #expect(sandbox.objects.writes.count == (tookEffect ? 1 : 0))
            switch effect {
            case .reset, .resetAfterEffect: #expect(answer == nil)
            case .status(let status, _):
                #expect(answer?.status == status)
                #expect(answer.map(Self.code) == (status == 503 ? "SlowDown" : "InternalError"))
            default: #expect(answer?.header("ETag") == "\"00000000000000000000000000000000\"")
            }
            let again = try await s3.put("/b/p2/x.json", "one")
            #expect(again.status == 200)
            #expect(again.header("ETag") == "\"f97c5d29941bfb1b2fdab0874906ab82\"")
        }
    }

    @Test func `one half can be served without the other`() async throws {
        var settings = SandboxSettings()
        settings.servesUpstream = false
        try await Self.withStore(settings) { s3, sandbox in
            _ = try await s3.put("/plugin/akismet.zip", "one")
            #expect(sandbox.objects.keys(bucket: "plugin") == ["akismet.zip"])
        }
        settings = SandboxSettings()
        settings.servesStore = false
        try await Self.withStore(settings) { s3, sandbox in
            let refused = try await s3.put("/b/k", "one")
            #expect(refused.status == 404)
            let listing = try await s3.client.get("/svn/plugins/")
            #expect(listing.status == 200)
        }
    }

    @Test func `a client that waits for leave to send its body is given it`() async throws {
        try await Self.withStore { s3, _ in
            let answer = try await s3.put("/b/k", "one", headers: ["Expect": "100-continue"])
            // The interim answer comes first on the wire.
            #expect(answer.status == 100)
            #expect(answer.text.hasPrefix("HTTP/1.1 200 OK"))
        }
    }
}
