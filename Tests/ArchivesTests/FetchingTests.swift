import Foundation
import NIOHTTP1
import TestSupport
import Testing
import Transport
import Upstream

@testable import Archives

/// P17: what is fetched is the archive, or an error that says what it is.
@Suite struct FetchingTests {
    static let zip = TestZip(.init("a/b.php", "hello"), .init("c", "world", method: 0)).bytes
    /// Does not fit in memory, as it is set here.
    static let large = TestZip(.init("a", String(repeating: "0123456789", count: 1_000), method: 0)).bytes

    struct Fetching {
        var upstream: TestUpstream.Connection
        var fetcher: ArchiveFetcher
        var folder: URL

        func get(
            _ path: String = "/a.zip",
            shasum: String? = nil,
            credentials: [HostCredential] = [],
            bytesLeft: Int? = nil
        ) async throws -> FetchedArchive {
            try await self.fetcher.fetch(
                ArchiveRequest(
                    url: path.contains("://") ? path : self.upstream.url + path,
                    sourceURL: self.upstream.url,
                    shasum: shasum,
                    credentials: credentials,
                    bytesLeft: bytesLeft
                )
            )
        }

        var files: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: self.folder.path) }
        }
    }

    static func with(
        bytesInMemoryEach: Int = 2_000,
        bytesInFolder: Int = 1 << 20,
        hasFolder: Bool = true,
        maxBytes: Int = 1 << 20,
        attempts: Int = 3,
        resolve: @escaping @Sendable (String) async -> [HostAddress] = { _ in [] },
        script: @escaping @Sendable (TestUpstream.Request) async -> TestUpstream.Reaction,
        _ body: (Fetching) async throws -> Void
    ) async throws {
        try await JudgedArchivesTests.withFolder { folder in
            try await TestUpstream.with(.forTests(attempts: attempts), resolve: resolve, script: script) { upstream in
                let room = ArchiveRoom.Configuration(
                    bytesInMemoryEach: bytesInMemoryEach,
                    bytesInMemory: 2 * bytesInMemoryEach,
                    folder: hasFolder ? folder.path : nil,
                    bytesInFolder: bytesInFolder
                )
                let fetcher = ArchiveFetcher(
                    upstream.client,
                    ArchiveFetcher.Configuration(room: room, maxBytes: maxBytes),
                    clock: upstream.clock
                )
                try await body(Fetching(upstream: upstream, fetcher: fetcher, folder: folder))
                #expect(fetcher.room.memory.free == fetcher.room.memory.bytes, "room in memory was kept")
                #expect(fetcher.room.files.free == fetcher.room.files.bytes, "room in files was kept")
            }
        }
    }

    /// What a fetch that fails says.
    static func error(_ fetching: Fetching, _ path: String = "/a.zip", shasum: String? = nil) async -> ArchiveError? {
        await #expect(throws: ArchiveError.self) { _ = try await fetching.get(path, shasum: shasum) }
    }

    @Test func `a small archive is in memory, with what upstream says of it`() async throws {
        let headers = [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("ETag", "\"1\"")]
        try await Self.with(script: { _ in .answer(200, headers: headers, body: Self.zip) }) { fetching in
            let fetched = try await fetching.get()
            let bytes = try #require(fetched.content.bytes, "it is in a file")
            #expect(bytes == Self.zip)
            #expect(try fetched.archive == ArchiveCheck.check(Self.zip))
            #expect(fetched.lastModifiedSeconds == 784_111_777)
            #expect(fetched.etag == "\"1\"")
            #expect(fetched.url == fetching.upstream.url + "/a.zip")
            let request = try #require(fetching.upstream.server.requests.first)
            #expect(request.headers["Accept-Encoding"] == ["identity"])
        }
    }

    @Test func `upstream's SHA-1 is what the bytes have to have`() async throws {
        let sha1 = ArchiveDigests(of: Self.zip).sha1
        try await Self.with(script: { _ in .answer(200, body: Self.zip) }) { fetching in
            for right in [nil, "", sha1, sha1.uppercased()] { _ = try await fetching.get(shasum: right) }
            for wrong in ["x", String(sha1.dropLast()), String(repeating: "0", count: 40)] {
                #expect(await Self.error(fetching, shasum: wrong)?.refusal?.reason == .wrongChecksum)
            }
        }
    }

    @Test func `status 200 with something else is no archive`() async throws {
        var spoilt = Self.zip
        spoilt[40] ^= 1
        for (body, reason) in [
            (Array("<!DOCTYPE html>\(String(repeating: "<p>", count: 9_000))".utf8), ArchiveRefusal.Reason.noArchive),
            ([], .truncated), (spoilt, .damaged), (TestZip().bytes, .empty), (Self.zip + Self.zip, .damaged),
        ] {
            try await Self.with(script: { _ in .answer(200, body: body) }) { fetching in
                #expect(await Self.error(fetching)?.refusal?.reason == reason)
                #expect(fetching.upstream.server.requests.count == 1)
            }
        }
    }

    @Test func `an answer that ends early is asked for again, and is unavailable then`() async throws {
        try await Self.with(script: { $0.number < 3 ? .cut(body: Self.zip) : .answer(200, body: Self.zip) }) {
            fetching in
            _ = try await fetching.get()
            #expect(fetching.upstream.server.requests.count == 3)
        }
        for reaction in [TestUpstream.Reaction.cut(body: Self.zip), .hangUp, .status(502), .status(500)] {
            try await Self.with(script: { _ in reaction }) { fetching in
                #expect(await Self.error(fetching)?.reason == .unavailable)
                #expect(fetching.upstream.server.requests.count == 3)
            }
        }
    }

    @Test func `a tar whose server calls its gzip an encoding is the tar within, as Composer takes it`() async throws {
        let tar = TarCheckTests.entry("a", "hello") + TarCheckTests.end
        let packed = TestZip.gzipped(tar)
        try await Self.with(script: { _ in .answer(200, headers: [("Content-Encoding", "gzip")], body: packed) }) {
            let fetched = try await $0.get()
            #expect(fetched.archive.kind == .tar)
            #expect(fetched.archive.digests == ArchiveDigests(of: tar))
        }
    }

    @Test func `a URL that is none, or has credentials in it, is not asked for`() async throws {
        try await Self.with(script: { _ in .answer(200, body: Self.zip) }) { fetching in
            for url in ["ftp://x/a.zip", "file:///etc/passwd", "http://user:secret@127.0.0.1/", "http://", "a://b"] {
                let error = await #expect(throws: ArchiveError.self) {
                    let request = ArchiveRequest(url: url, sourceURL: fetching.upstream.url)
                    _ = try await fetching.fetcher.fetch(request)
                }
                #expect(error?.reason == .refused)
                #expect(error.map { "\($0)".contains("secret") } == false)
            }
            #expect(fetching.upstream.server.requests.isEmpty)
        }
    }
}

extension ArchiveContent {
    var bytes: [UInt8]? { if case .bytes(let bytes, _) = self { bytes } else { nil } }
    var file: TemporaryFile? { if case .file(let file, _) = self { file } else { nil } }
}

extension ArchiveError {
    /// What is wrong with bytes that came.
    var refusal: ArchiveRefusal? { if case .wrongBytes(let refusal) = self.reason { refusal } else { nil } }
}
