import NIOHTTP1
import Synchronization
import Testing

@testable import ObjectStorage

/// Reading objects in parts, from servers that know of parts and from those that do not.
@Suite struct S3PieceTests {
    private static let text = String(repeating: "0123456789", count: 300_000)

    /// Answers a request for a part.
    private static func part(_ request: ScriptedServer.Request, etag: String = "\"e\"") -> ScriptedServer.Reaction {
        let asked = request.headers.first(name: "range")?.dropFirst("bytes=".count).split(separator: "-")
            .compactMap { Int($0) }
        guard let asked, asked.count == 2, asked[0] < Self.text.utf8.count else { return .answer(416) }
        let end = min(asked[1], Self.text.utf8.count - 1)
        let body = Self.text.utf8.dropFirst(asked[0]).prefix(end - asked[0] + 1)
        return .answer(
            206,
            headers: ["ETag": etag, "Content-Range": "bytes \(asked[0])-\(end)/\(Self.text.utf8.count)"],
            body: String(decoding: body, as: UTF8.self)
        )
    }

    @Test func `a part is asked for by its bytes, which the signature covers`() async throws {
        try await ScriptedServer.with(script: { request, _ in Self.part(request) }) { store, server, _ in
            let piece = try #require(try await store.piece(of: "dist/a.zip", from: 10, count: 4))
            #expect(piece == ObjectPiece(bytes: Array("0123".utf8), size: 3_000_000, tag: "e"))
            let headers = try #require(server.requests.first?.headers)
            #expect(headers.first(name: "range") == "bytes=10-13")
            #expect(headers.first(name: "authorization")?.contains("host;range;x-amz-content-sha256") == true)
            let size = try await store.digests(of: "dist/a.zip")?.size
            #expect(size == 3_000_000)
        }
    }

    @Test func `what is replaced while it is read is read from its beginning`() async throws {
        try await ScriptedServer.with(script: { request, number in
            Self.part(request, etag: number < 2 ? "\"old\"" : "\"new\"")
        }) { store, server, _ in
            let begun = Mutex(0)
            let exists = try await store.read("dist/a.zip") { _ in
                begun.withLock { $0 += 1 }
            } _: { _ in
            }
            #expect(exists && begun.withLock { $0 } == 2)
        }
        try await ScriptedServer.with(script: { request, number in Self.part(request, etag: "\"\(number)\"") }) {
            store,
            _,
            _ in
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.digests(of: "dist/a.zip") }
            #expect(error?.code == .conflict)
        }
    }

    @Test func `a server that knows of no parts is good for small objects, and named for others`() async throws {
        try await ScriptedServer.with(script: { _, _ in .answer(200, headers: ["ETag": "\"e\""], body: "small") }) {
            store,
            _,
            _ in
            let size = try await store.digests(of: "dist/a.zip")?.size
            #expect(size == 5)
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.piece(of: "dist/a.zip", from: 3, count: 100)
            }
            #expect(error?.code == .unsupported)
        }
        try await ScriptedServer.with(script: { _, _ in .answer(200, headers: ["ETag": "\"e\""], body: Self.text) }) {
            store,
            _,
            _ in
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.digests(of: "dist/a.zip") }
            #expect(error?.code == .unsupported && error?.description.contains("PACKLINE_S3_ENDPOINT") == true)
        }
    }

    @Test(arguments: ["bytes 5-8/10", "bytes 0-3/2", "bytes 0-3/*", "nonsense"])
    func `another part than the one that was asked for is not taken`(_ range: String) async throws {
        try await ScriptedServer.with(script: { _, _ in
            .answer(206, headers: ["ETag": "\"e\"", "Content-Range": range], body: "0123")
        }) { store, _, _ in
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.piece(of: "dist/a.zip", from: 0, count: 4)
            }
            #expect(error?.code == .unsupported)
        }
    }
}
