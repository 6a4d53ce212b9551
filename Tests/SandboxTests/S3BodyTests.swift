import Foundation
import Testing

@testable import Sandbox

/// Bodies that are large, or many.
@Suite struct S3BodyTests {
    static func withForgetfulStore(_ body: (SignedClient, Sandbox) async throws -> Void) async throws {
        var settings = SandboxSettings()
        settings.forgetsBodiesBelow = "dist/"
        // What is not kept is not bound by it.
        settings.maxBodyBytes = 1_000_000
        try await S3Tests.withStore(settings, body)
    }

    @Test func `of bodies that are not kept the size and the digests are, and the rest is as of others`() async throws {
        try await Self.withForgetfulStore { s3, sandbox in
            let stored = try await s3.put("/b/dist/a.zip", "one", headers: ["Content-Type": "application/zip"])
            #expect(stored.header("ETag") == "\"f97c5d29941bfb1b2fdab0874906ab82\"")
            let head = try await s3.send("HEAD", "/b/dist/a.zip")
            #expect(head.header("Content-Length") == "3" && head.header("Content-Type") == "application/zip")
            #expect(head.header("ETag") == stored.header("ETag"))
            let object = try #require(sandbox.objects.object(bucket: "b", key: "dist/a.zip"))
            #expect(object.isForgotten && object.size == 3)
            #expect(object.sha256 == S3Tests.sha256("one"))
            #expect(sandbox.objects.writes.map(\.size) == [3])
            let listing = try await s3.send("GET", "/b?list-type=2")
            #expect(listing.text.contains("<Size>3</Size>"))
            let read = try await s3.send("GET", "/b/dist/a.zip")
            #expect(read.status == 501 && S3Tests.code(read) == "NotImplemented")
            let known = ["If-None-Match": object.eTag]
            let unchanged = try await s3.client.get("/b/dist/a.zip", headers: known)
            #expect(unchanged.status == 304)
        }
    }

    @Test func `bodies that are not kept are checked like others`() async throws {
        try await Self.withForgetfulStore { s3, sandbox in
            let swapped = try await s3.send("PUT", "/b/dist/a.zip", body: "two", announcedBody: "one")
            #expect(S3Tests.code(swapped) == "XAmzContentSHA256Mismatch")
            let damaged = try await s3.put(
                "/b/dist/a.zip",
                "one",
                headers: ["Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="]
            )
            #expect(S3Tests.code(damaged) == "BadDigest")
            var liar = s3
            liar.secret = "guessed"
            #expect(S3Tests.code(try await liar.put("/b/dist/a.zip", "one")) == "SignatureDoesNotMatch")
            _ = try await s3.put("/b/dist/a.zip", "one")
            let again = try await s3.put("/b/dist/a.zip", "two", headers: ["If-None-Match": "*"])
            #expect(again.status == 412)
            #expect(sandbox.objects.writes.count == 1)
        }
    }

    @Test func `a body that is not kept may be larger than memory is to be`() async throws {
        try await Self.withForgetfulStore { s3, sandbox in
            let large = String(repeating: "x", count: 3_000_000)
            let kept = try await s3.put("/b/p2/a.json", large)
            #expect(kept.status == 413)
            let stored = try await s3.put("/b/dist/a.zip", large)
            #expect(stored.status == 200)
            #expect(sandbox.objects.object(bucket: "b", key: "dist/a.zip")?.size == 3_000_000)
            let other = try await s3.put("/b/p2/a.json", "one")
            #expect(other.status == 200)
            let read = try await s3.send("GET", "/b/p2/a.json")
            #expect(read.text == "one")
        }
    }

    @Test func `parts of an object can be had, and none beyond its end`() async throws {
        try await S3Tests.withStore { s3, _ in
            _ = try await s3.put("/b/k", "0123456789")
            for (range, text, shown) in [
                ("bytes=2-4", "234", "bytes 2-4/10"), ("bytes=7-", "789", "bytes 7-9/10"),
                ("bytes=-2", "89", "bytes 8-9/10"),
            ] {
                let part = try await s3.send("GET", "/b/k", headers: ["Range": range])
                #expect(part.status == 206 && part.text == text && part.header("Content-Range") == shown)
            }
            let beyond = try await s3.send("GET", "/b/k", headers: ["Range": "bytes=10-"])
            #expect(beyond.status == 416 && S3Tests.code(beyond) == "InvalidRange")
        }
    }

    @Test func `a large object comes back whole`() async throws {
        try await S3Tests.withStore { s3, _ in
            let large = String(repeating: "0123456789abcdef", count: 1 << 20)
            let stored = try await s3.put("/b/dist/a.zip", large)
            #expect(stored.status == 200)
            let read = try await s3.send("GET", "/b/dist/a.zip")
            #expect(read.body == Array(large.utf8))
        }
    }
}
