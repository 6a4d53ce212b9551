import NIOHTTP1
import TestSupport
import Testing

@testable import Upstream

/// Answers whose packed bytes are kept as they came.
@Suite struct PackedAnswerTests {
    private static let text = "hello"
    /// `hello` in a block that is not compressed: deflate (RFC 1951), and what gzip and zlib put around it.
    private static let block: [UInt8] = [0x01, 0x05, 0x00, 0xFA, 0xFF] + Array(Self.text.utf8)
    private static let gzipHead: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    private static let gzip = Self.gzipHead + Self.block + [0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0]
    private static let zlib: [UInt8] = [0x78, 0x01] + Self.block + [0x06, 0x2C, 0x02, 0x15]

    private func collect(
        _ encoding: String?,
        _ body: [UInt8]
    ) async throws -> (bytes: [UInt8], packed: [UInt8]?) {
        let headers = encoding.map { [("Content-Encoding", $0)] } ?? []
        return try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { _ in .answer(200, headers: headers, body: body) }
        ) { connection in
            try await connection.client.send(UpstreamRequest(method: .GET, url: connection.url)) {
                try await $0.collectPacked(upTo: 1_000)
            }
        }
    }

    @Test func `gzip is kept, and what came in another way is not`() async throws {
        let plain = Array(Self.text.utf8)
        for (encoding, body, packed) in [
            ("gzip", Self.gzip, Self.gzip), ("x-gzip", Self.gzip, Self.gzip), ("deflate", Self.zlib, nil),
            ("gzip", Self.zlib, nil), (nil, plain, nil), ("identity", plain, nil),
        ] as [(String?, [UInt8], [UInt8]?)] {
            let answer = try await self.collect(encoding, body)
            #expect(answer.bytes == plain && answer.packed == packed, "\(encoding ?? "none"), \(body.prefix(2))")
        }
    }

    @Test func `what is no gzip, has something after it, or ends early is no answer`() async throws {
        for body in [Array(Self.text.utf8), Self.gzip + Self.gzip, Self.gzip + [0], Self.gzip.dropLast(3)] {
            let error = await #expect(throws: UpstreamError.self) { try await self.collect("gzip", body) }
            #expect(error?.code == .malformed || error?.code == .truncated, "\(body.count) bytes")
        }
    }

    @Test func `P22: what unpacks to nothing is not kept without end`() async throws {
        let nothing = (0..<20_000).flatMap { _ in [0x00, 0x00, 0x00, 0xFF, 0xFF] as [UInt8] }
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { _ in .drip(headers: [("Content-Encoding", "gzip")], beginning: Self.gzipHead + nothing) }
        ) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.client.send(UpstreamRequest(method: .GET, url: connection.url)) {
                    try await $0.collectPacked(upTo: 1_000)
                }
            }
            #expect(error?.code == .tooLarge)
        }
    }
}
