import Composer
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Store
import TestSupport
import Testing

@testable import Site

/// What is answered right where requests arrive, and what is handed on.
@Suite struct HotDocumentHandlerTests {
    private static let path = "p2/wp-plugin/akismet.json"

    /// What came out at the socket, and how many requests were handed on.
    private func asked(
        _ lane: FastLane,
        _ uris: [String]
    ) throws -> (answers: [String], handedOn: Int) {
        let channel = EmbeddedChannel()
        let guardian = ConnectionGuard(
            limits: ServerLimits(),
            clients: Clients(limits: ServerLimits()),
            decoder: RequestDecoder(limits: NIOHTTPDecoderLimitConfiguration())
        )
        let handlers: [any ChannelHandler] = [HTTPResponseEncoder(), guardian, lane.handler(for: guardian)]
        try channel.pipeline.syncOperations.addHandlers(handlers)
        for uri in uris {
            try channel.writeInbound(
                HTTPServerRequestPart.head(
                    HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: ["Host": "x"])
                )
            )
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }
        var answers: [String] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { answers.append(String(buffer: bytes)) }
        var handedOn = 0
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            if case .head = part { handedOn += 1 }
        }
        _ = try channel.finish()
        return (answers, handedOn)
    }

    private func lane(_ store: Store) throws -> FastLane {
        try #require(FastLane(store: store, metrics: RequestMetrics(), serverName: "packline"))
    }

    @Test func `a file's documents need nobody else`() async throws {
        try await TestDatabase.sqlite.with { stores in
            for path in [Self.path, "packages.json"] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Array(path.utf8)), run: 1)
            }
            let uris = ["/\(Self.path)", "/packages.json", "/\(Self.path)"]
            let (answers, handedOn) = try self.asked(try self.lane(stores[0]), uris)
            #expect(handedOn == 0)
            #expect(answers.count == uris.count)
            for (answer, uri) in zip(answers, uris) {
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.hasSuffix("\r\n\r\n" + uri.dropFirst()))
            }
        }
    }

    @Test func `what is not there is left to the routes, and all that follows it`() async throws {
        try await TestDatabase.sqlite.with { stores in
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array("{}".utf8)), run: 1)
            let uris = ["/\(Self.path)", "/p2/wp-plugin/nobody.json", "/\(Self.path)", "/healthz"]
            let (answers, handedOn) = try self.asked(try self.lane(stores[0]), uris)
            #expect(answers.count == 1)
            #expect(handedOn == 3)
        }
    }

    @Test func `what is known is used until the next commit, and then forgotten`() async throws {
        try await TestDatabase.sqlite.with { stores in
            for path in [Self.path, "packages.json"] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Array(path.utf8)), run: 1)
            }
            let lane = try self.lane(stores[0])
            let reader = try SQLiteDocumentReader(path: try #require(stores[0].engine.localFile))
            // Known under the name of another: nobody else would answer with this.
            let other = try #require(try reader.withDocument(at: "packages.json") { KnownDocument($0) })
            lane.known.keep(other, at: Self.path, in: reader.state())
            #expect(try self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\npackages.json"))
            try await stores[0].setSetting("test", to: "1")
            #expect(lane.known.document(at: Self.path, in: reader.state()) == nil)
            #expect(try self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\n" + Self.path))
            #expect(lane.known.document(at: Self.path, in: reader.state()) != nil)
            #expect(lane.known.document(at: Self.path, in: nil) == nil)
        }
    }
}
