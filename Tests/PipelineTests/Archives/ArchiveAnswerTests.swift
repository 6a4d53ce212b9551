import Command
import Composer
import Foundation
import NIOCore
import NIOPosix
import ObjectStorage
import Pipeline
import Sandbox
import Site
import Store
import TestSupport
import Testing

/// How `serve` gives archives away.
@Suite struct ArchiveAnswerTests {
    private static let kit = "/dist/acme/kit/2.0.0.0/abc2.zip"
    private static let zip = LazyRepository.zip("/2.0.0-abc2.zip")

    private func withCache(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cache-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    /// All that may be asked of an archive, however it is given.
    private func expectAll(_ http: PlainHTTP, _ path: String) async throws {
        let zip = Self.zip
        let whole = try await http.get(path)
        #expect(whole.status == 200 && whole.body == zip)
        #expect(whole.headers["content-type"] == "application/zip" && whole.headers["accept-ranges"] == "bytes")
        #expect(whole.headers["x-packline-file"] == nil)
        let (etag, date) = (try #require(whole.headers["etag"]), try #require(whole.headers["last-modified"]))
        let asked: [(method: String, target: String, headers: [String])] = [
            ("HEAD", path, []), ("GET", path, ["If-None-Match: \(etag)"]),
            ("GET", path, ["If-Modified-Since: \(date)"]),
            ("GET", path, ["Range: bytes=0-99"]), ("HEAD", path, ["Range: bytes=0-99"]),
            ("GET", path, ["Range: bytes=-100"]), ("GET", path, ["Range: bytes=\(zip.count)-"]),
            ("GET", path, ["Range: bytes=5-", "If-Range: \(etag)"]),
            ("GET", path, ["Range: bytes=5-", "If-Range: \"other\""]),
        ]
        let answers = try await http.pipeline(asked)
        #expect(answers.map(\.status) == [200, 304, 304, 206, 200, 206, 416, 206, 200])
        #expect(answers[0].headers["content-length"] == "\(zip.count)")
        #expect(answers[3].body == Array(zip[..<100]))
        #expect(answers[3].headers["content-range"] == "bytes 0-99/\(zip.count)")
        #expect(answers[4].headers["content-length"] == "\(zip.count)")
        #expect(answers[5].body == Array(zip.suffix(100)))
        #expect(answers[6].headers["content-range"] == "bytes */\(zip.count)")
        #expect(answers[7].body == Array(zip[5...]))
        #expect(answers[8].body == zip)
    }

    @Test func `an archive is given whole and in part, from the bucket, from a folder and from copies`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await lazy.serving { try await self.expectAll($0[0], Self.kit) }
            try await self.withCache { folder in
                var cached = lazy
                cached.pipeline.settings.delivery.cacheFolder = folder
                try await cached.serving { sites in
                    for _ in 0..<2 { try await self.expectAll(sites[0], Self.kit) }
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
                    // The copy is what is given.
                    for key in lazy.archiveKeys {
                        lazy.pipeline.sandbox.objects.lose(bucket: Pipeline.bucket, key: key)
                    }
                    try await self.expectAll(sites[0], Self.kit)
                }
            }
            #expect(lazy.fetches == 1)
        }
    }

    @Test func `an archive is given from the folder that is the bucket`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await self.withCache { folder in
                var local = lazy
                local.pipeline.settings.stages.bucket = .directory(path: folder)
                try await local.pipeline.store.setSetting("bucket", to: DirectoryObjectStore(path: folder).description)
                try await local.serving { try await self.expectAll($0[0], Self.kit) }
                #expect(lazy.fetches == 1)
            }
        }
    }

    @Test func `who goes away before the answer leaves its place among those that are sent`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await self.withCache { folder in
                var local = lazy
                local.pipeline.settings.stages.bucket = .directory(path: folder)
                try await local.pipeline.store.setSetting("bucket", to: DirectoryObjectStore(path: folder).description)
                let (isAsked, asked) = AsyncStream<Void>.makeStream()
                let (held, release) = AsyncStream<Void>.makeStream()
                lazy.archives.answer { request in
                    asked.yield()
                    for await _ in held {}
                    return .answer(200, body: LazyRepository.zip(request.uri))
                }
                func limited(_ configuration: inout Site.Configuration) {
                    // So that it is seen when the server has seen somebody go.
                    configuration.limits.connections = 1
                    guard var serving = configuration.archives?.serving else { return }
                    serving.answersAtOnce = 1
                    configuration.archives = Archives(
                        store: local.pipeline.store,
                        serving: serving,
                        logger: Pipeline.logger
                    )
                }
                try await local.serving(1, limited) { sites in
                    try await self.askAndReset(sites[0]) { for await _ in isAsked { break } }
                    await expectSoon("the server has seen it go") { (try? await sites[0].get("/healthz")) != nil }
                    release.finish()
                    // It waits for the same fetch: the first answer has no place then, or will have none.
                    await expectSoon("the archive is fetched") {
                        (try? await sites[0].pipeline([("HEAD", Self.kit, [])])) != nil
                    }
                    await expectSoon("the place is free") { (try? await sites[0].get(Self.kit).status) == 200 }
                }
            }
        }
    }

    @Test func `who takes an archive has time for all of it, whatever it asks for meanwhile`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await self.withCache { folder in
                var local = lazy
                local.pipeline.settings.stages.bucket = .directory(path: folder)
                try await local.pipeline.store.setSetting("bucket", to: DirectoryObjectStore(path: folder).description)
                // No socket holds that.
                let zip = StoredZip.package(LazyRepository.name, String(repeating: "x", count: 16 << 20))
                lazy.archives.answer { _ in .answer(200, body: zip) }
                func limited(_ configuration: inout Site.Configuration) {
                    configuration.limits.stallTimeout = .hours(1)
                    configuration.limits.crowdedStallTimeout = .hours(1)
                    configuration.limits.responseTimeout = .hours(1)
                    configuration.limits.bodyTimeout = .seconds(1)
                    // The third request is read when the archive is on its way: it is not taken from what has arrived before.
                    configuration.limits.unansweredRequests = 2
                }
                try await local.serving(1, limited) { sites in
                    // It is fetched.
                    let status = try await sites[0].get(Self.kit).status
                    #expect(status == 200)
                    try await Conversation.with(port: sites[0].port) { client in
                        let end = "Host: x\r\nX-Long: \(String(repeating: "x", count: 1_100))\r\n\r\n"
                        let unfinished = "POST / HTTP/1.1\r\nContent-Length: 9\r\n\(end)"
                        try await client.say(
                            "GET \(Self.kit) HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n\(end)\(unfinished)"
                        )
                        let head = try await client.answer(hasBody: false)
                        // Begun later, with the time that a body has: sent away later than one with no more would be.
                        _ = try? await sites[0].exchange(Array(unfinished.utf8))
                        let body = try await client.body(of: head)
                        #expect(body == zip)
                    }
                }
            }
        }
    }

    /// Asks for an archive, and breaks the connection off when `isAsked` returns.
    private func askAndReset(_ http: PlainHTTP, _ isAsked: () async -> Void) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: http.port)).get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET \(Self.kit) HTTP/1.1\r\nHost: x\r\n\r\n"))
        await isAsked()
        let socket = try #require(channel as? any SocketOptionProvider)
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }

    @Test func `where copies can't be written, bytes come from the bucket`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await self.withCache { folder in
                try Data().write(to: URL(filePath: folder))
                var cached = lazy
                cached.pipeline.settings.delivery.cacheFolder = "\(folder)/below"
                try await cached.serving { try await self.expectAll($0[0], Self.kit) }
            }
        }
    }

    @Test func `clients are sent to the bucket where that is set, and an archive has an address by its bytes`()
        async throws
    {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            var lazy = lazy
            lazy.pipeline.settings.delivery.redirectURL = "https://bucket.example"
            try await lazy.serving { sites in
                let answer = try await sites[0].get(Self.kit)
                let location = try #require(answer.headers["location"])
                let digits = ContentHash(of: Self.zip).hexadecimal
                #expect(answer.status == 302)
                #expect(location.hasPrefix("https://bucket.example/dist/") && location.hasSuffix("/\(digits).zip"))
                let key = String(location.dropFirst("https://bucket.example".count))
                try await self.expectAll(sites[0], key)
                let status = try await sites[0].get(key.replacing(digits, with: String(digits.reversed()))).status
                #expect(status == 404)
            }
        }
    }

    @Test func `what is private is given to those who may read`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await lazy.serving(1, { $0.credentials = Credentials(bearer: ["secret"]) }) { sites in
                let closed = try await sites[0].get(Self.kit)
                #expect(closed.status == 401)
                #expect(lazy.fetches == 0)
                let open = try await sites[0].get(Self.kit, headers: ["Authorization: Bearer secret"])
                #expect(open.status == 200 && open.body == Self.zip)
                #expect(open.headers["cache-control"]?.hasPrefix("private") == true)
            }
        }
    }

    @Test func `P17: bytes that are not what the bucket should have are not given whole`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await lazy.serving { sites in
                let status = try await sites[0].get(Self.kit).status
                #expect(status == 200)
                for key in lazy.archiveKeys {
                    var bytes = Self.zip
                    bytes[100] ^= 1
                    lazy.pipeline.sandbox.objects.plant(bucket: Pipeline.bucket, key: key, bytes)
                }
                let answer = try? await sites[0].get(Self.kit)
                #expect(answer == nil)
            }
        }
    }

    @Test func `what the bucket has lost is not there, so that Composer goes on to upstream`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            try await lazy.serving { sites in
                let methods = ["GET", "HEAD"].map { (method: $0, target: Self.kit, headers: [String]()) }
                let before = try await sites[0].pipeline(methods).map(\.status)
                for key in lazy.archiveKeys { lazy.pipeline.sandbox.objects.lose(bucket: Pipeline.bucket, key: key) }
                let after = try await sites[0].pipeline(methods).map(\.status)
                #expect(before == [200, 200] && after == [404, 404])
            }
        }
    }
}
