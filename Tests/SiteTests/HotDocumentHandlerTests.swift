import Composer
import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Store
import TestSupport
import Testing

@testable import Site

/// What is answered right where requests arrive, and what is handed on.
@Suite(.timeLimit(.minutes(30))) struct HotDocumentHandlerTests {
    private static let path = "p2/wp-plugin/akismet.json"

    private static func request(_ uri: String, _ headers: HTTPHeaders = [:]) -> HTTPServerRequestPart {
        var fields: HTTPHeaders = ["Host": "x"]
        fields.add(contentsOf: headers)
        return .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: fields))
    }

    /// What came out at the socket, and how many requests were handed on.
    private func asked(
        _ lane: FastLane,
        _ uris: [String],
        _ headers: HTTPHeaders = [:]
    ) async throws -> (answers: [String], handedOn: Int) {
        let connection = try await LaneConnection(lane)
        for uri in uris {
            try await connection.channel.writeInbound(Self.request(uri, headers))
            try await connection.channel.writeInbound(HTTPServerRequestPart.end(nil))
        }
        var (answers, handedOn): ([String], Int) = ([], 0)
        while answers.count + handedOn < uris.count {
            (answers, handedOn) = (answers + (try await connection.answers()), connection.seen.handedOn)
            await Task.yield()
        }
        _ = try await connection.channel.finish()
        return (answers, handedOn)
    }

    /// What the document says over a connection.
    private func answer(_ connection: LaneConnection) async throws -> String {
        try await connection.channel.writeInbound(Self.request("/\(Self.path)"))
        try await connection.channel.writeInbound(HTTPServerRequestPart.end(nil))
        while true {
            if let answer = try await connection.answers().first { return answer }
            await Task.yield()
        }
    }

    private func lane(_ store: Store, _ readers: KnownReaders? = nil) async throws -> FastLane {
        let lane = FastLane(
            store: store,
            readers: readers,
            metrics: RequestMetrics(),
            serverName: "packline",
            patience: .seconds(86_400)
        )
        while let remote = lane.remote, !remote.isReady {
            remote.open()
            try await Task.sleep(for: .milliseconds(5))
        }
        return lane
    }

    private func withLane(
        _ database: TestDatabase,
        _ readers: KnownReaders? = nil,
        _ body: (FastLane, Store) async throws -> Void
    ) async throws {
        try await database.with { stores in
            for path in [Self.path, "packages.json"] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Array(path.utf8)), run: 1)
            }
            try await body(try await self.lane(stores[0], readers), stores[0])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `documents need nobody else`(_ database: TestDatabase) async throws {
        try await self.withLane(database) { lane, _ in
            let uris = ["/\(Self.path)", "/packages.json", "/\(Self.path)"]
            let (answers, handedOn) = try await self.asked(lane, uris)
            #expect(handedOn == 0)
            #expect(answers.count == uris.count)
            for (answer, uri) in zip(answers, uris) {
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.hasSuffix("\r\n\r\n" + uri.dropFirst()))
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is not there is left to the routes, and all that follows it`(_ database: TestDatabase) async throws {
        try await self.withLane(database) { lane, _ in
            let uris = ["/\(Self.path)", "/p2/wp-plugin/nobody.json", "/\(Self.path)", "/healthz"]
            let (answers, handedOn) = try await self.asked(lane, uris)
            #expect(answers.count == 1)
            #expect(handedOn == 3)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who may not read a private repository is left to the routes`(_ database: TestDatabase) async throws {
        let readers = KnownReaders(Credentials(basic: ["site:secret"], bearer: ["token", "other"]))
        try await self.withLane(database, readers) { lane, _ in
            func basic(_ text: String) -> String { "Basic \(Data(text.utf8).base64EncodedString())" }
            for (authorization, isAllowed) in [
                (basic("site:secret"), true), ("Bearer token", true), ("bearer other", true), (nil, false),
                (basic("site:wrong"), false), (basic("token"), false), ("Bearer site:secret", false),
                (basic("site:secret").replacing("Basic", with: "BASIC"), true), ("Bearer  token", false),
                (basic("site:secret").replacing("Basic", with: "Bearer"), false), ("Basic site:secret", false),
                ("Bearer toke", false), ("Bearer", false), ("Digest token", false), ("Basic !", false), ("", false),
            ] as [(String?, Bool)] {
                let headers = HTTPHeaders(authorization.map { [("Authorization", $0)] } ?? [])
                let (answers, handedOn) = try await self.asked(lane, ["/\(Self.path)"], headers)
                #expect(handedOn == (isAllowed ? 0 : 1), "\(authorization ?? "none")")
                for answer in answers {
                    #expect(answer.contains("\r\nCache-Control: private, max-age=60\r\n"))
                    #expect(answer.contains("\r\nVary: Accept-Encoding, Authorization\r\n"))
                }
            }
            // One of two is not looked for.
            let twice: HTTPHeaders = ["Authorization": "Bearer token", "authorization": "Bearer token"]
            #expect(try await self.asked(lane, ["/\(Self.path)"], twice).handedOn == 1)
        }
    }

    @Test func `what is said of caches in private is what the routes make of it`() {
        for caching in [Representation.Caching.minute, .validated, .forEver] {
            #expect(caching.inPrivate == caching.rawValue.replacing("public", with: "private"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each request of a connection says who may read, whatever those before it said`(_ database: TestDatabase)
        async throws
    {
        let readers = KnownReaders(Credentials(bearer: ["token", "other"]))
        try await self.withLane(database, readers) { lane, _ in
            let connection = try await LaneConnection(lane)
            var (answered, handedOn) = (0, 0)
            for (authorization, isAllowed) in [
                ("Bearer wrong", false), ("Bearer token", true), ("Bearer token", true), ("Bearer tokem", false),
                ("Bearer toke", false), ("", false), (nil, false), ("Bearer tokenBearer token", false),
                ("Bearer token", true), ("Bearer other", true), ("Bearer token", true), ("Cearer token", false),
            ] as [(String?, Bool)] {
                let headers = HTTPHeaders(authorization.map { [("Authorization", $0)] } ?? [])
                try await connection.channel.writeInbound(Self.request("/\(Self.path)", headers))
                try await connection.channel.writeInbound(HTTPServerRequestPart.end(nil))
                if isAllowed {
                    var answers: [String] = []
                    while answers.isEmpty {
                        answers = try await connection.answers()
                        await Task.yield()
                    }
                    answered += answers.count
                } else {
                    handedOn += 1
                    // Until those behind have answered it, no other is answered here.
                    try await connection.answerHandedOn()
                }
                #expect(connection.seen.handedOn == handedOn, "\(authorization ?? "none")")
            }
            #expect(answered == 5)
            _ = try await connection.channel.finish()
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `nothing more is read from a client that has sent more than it waits for`(_ database: TestDatabase)
        async throws
    {
        try await self.withLane(database) { lane, _ in
            let connection = try await LaneConnection(lane)
            let (channel, seen) = (connection.channel, connection.seen)
            // In one turn of the loop, so that no answer comes in between.
            let reads = try await channel.testingEventLoop.executeInContext {
                (0..<2).map { _ in
                    channel.pipeline.fireChannelRead(Self.request("/\(Self.path)"))
                    channel.pipeline.fireChannelRead(HTTPServerRequestPart.end(nil))
                    channel.pipeline.read()
                    return seen.reads
                }
            }
            #expect(reads == [1, database == .sqlite ? 2 : 1])
            var answers: [String] = []
            while answers.count < 2 {
                answers += try await connection.answers()
                await Task.yield()
            }
            // What was put off is made up for.
            #expect(seen.reads == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a client's last byte is told to others when what came before it has its answer`(
        _ database: TestDatabase
    ) async throws {
        try await self.withLane(database) { lane, _ in
            let connection = try await LaneConnection(lane)
            let channel = connection.channel
            try await channel.testingEventLoop.executeInContext {
                for uri in ["/\(Self.path)", "/packages.json"] {
                    channel.pipeline.fireChannelRead(Self.request(uri))
                    channel.pipeline.fireChannelRead(HTTPServerRequestPart.end(nil))
                }
                channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
            var answers: [String] = []
            while answers.count < 2 {
                let isClosed = connection.seen.isInputClosed
                answers += try await connection.answers()
                #expect(!isClosed || answers.count == 2)
                await Task.yield()
            }
            #expect(answers.map { $0.hasSuffix(Self.path) } == [true, false])
            while !connection.seen.isInputClosed { await Task.yield() }
            _ = try await channel.finish()
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a connection may end while its answer is awaited`(_ database: TestDatabase) async throws {
        try await self.withLane(database) { lane, store in
            for _ in 0..<20 {
                let connection = try await LaneConnection(lane)
                let channel = connection.channel
                try await channel.testingEventLoop.executeInContext {
                    channel.pipeline.fireChannelRead(Self.request("/\(Self.path)"))
                    channel.pipeline.fireChannelRead(HTTPServerRequestPart.end(nil))
                    channel.pipeline.fireChannelRead(Self.request("/packages.json"))
                    // One ending is held behind the answer; the other waits for nothing.
                    channel.pipeline.close(mode: .all, promise: channel.eventLoop.makePromise())
                    channel.pipeline.fireChannelInactive()
                }
                _ = try await channel.finish(acceptAlreadyClosed: true)
            }
            #expect(try await self.asked(lane, ["/\(Self.path)"]).answers.count == 1)
        }
    }

    @Test func `what is known is used until the next commit, and then forgotten`() async throws {
        try await self.withLane(.sqlite) { lane, store in
            let reader = try SQLiteDocumentReader(path: try #require(store.engine.localFile))
            // Known under the name of another: nobody else would answer with this.
            let other = try #require(try reader.withDocument(at: "packages.json") { $0 })
            lane.known.keep(other, at: Self.path, in: reader.state())
            #expect(try await self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\npackages.json"))
            try await store.setSetting("test", to: "1")
            #expect(lane.known.document(at: Self.path, in: reader.state()) == nil)
            #expect(try await self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\n" + Self.path))
            #expect(lane.known.document(at: Self.path, in: reader.state()) != nil)
            #expect(lane.known.document(at: Self.path, in: nil) == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each answer is of the last commit, on whichever event loop`(_ database: TestDatabase) async throws {
        try await self.withLane(database) { lane, store in
            let connections = [try await LaneConnection(lane), try await LaneConnection(lane)]
            for number in 1...100 {
                _ = try await store.setRootDocument(path: Self.path, content: Blob(of: Array("\(number)".utf8)), run: 1)
                for connection in connections + connections {
                    #expect(try await self.answer(connection).hasSuffix("\r\n\r\n\(number)"))
                }
            }
            for connection in connections { _ = try await connection.channel.finish() }
        }
    }

    @Test func `what is known over PostgreSQL is used until the next commit, and then forgotten`() async throws {
        try await self.withLane(.postgres) { lane, store in
            let remote = try #require(lane.remote)
            let reader = try #require(remote.reader(patience: .seconds(86_400)))
            let connection = try await LaneConnection(lane)
            let other = await withCheckedContinuation { continuation in
                remote.ask([PostgresDocuments.Question(key: "packages.json", wantsBytes: { _ in true })]) { answers in
                    continuation.resume(returning: answers.first?.found)
                }
            }
            let found = try #require(other)
            try lane.bodies.keep(try #require(found.bytes))
            // Known under the name of another: nobody else would answer with this. Tests beside this one commit as well, and
            // a database that is slow just now is asked in another way.
            while true {
                lane.remotelyKnown.keep(found.document, at: Self.path, in: reader.documents(at: [])?.state)
                let text = try await self.answer(connection)
                if text.hasSuffix("\r\n\r\npackages.json") { break }
                #expect(text.hasSuffix("\r\n\r\n" + Self.path))
            }
            try await store.setSetting("test", to: "1")
            #expect(try await self.answer(connection).hasSuffix("\r\n\r\n" + Self.path))
            while lane.remotelyKnown.document(at: Self.path, in: reader.documents(at: [])?.state) == nil {
                _ = try await self.answer(connection)
            }
            #expect(lane.remotelyKnown.last(at: Self.path) != nil)
            #expect(lane.remotelyKnown.document(at: Self.path, in: nil) == nil)
            _ = try await connection.channel.finish()
        }
    }

    @Test func `damaged bytes are not kept over PostgreSQL either, and left to the routes`() async throws {
        try await self.withLane(.postgres) { lane, store in
            let uris = ["/\(Self.path)"]
            #expect(try await self.asked(lane, ["/packages.json"]).handedOn == 0)
            let damage = SQLStatement("UPDATE blobs SET bytes = \(Array("spoil".utf8))")
            _ = try await store.engine.write { try $0.execute(damage) }
            #expect(try await self.asked(lane, uris).handedOn == 1)
            // These were read before, and are what their hash names.
            #expect(try await self.asked(lane, ["/packages.json"]).handedOn == 0)
            let mend = SQLStatement("UPDATE blobs SET bytes = \(Array(Self.path.utf8)), encoding = 'identity'")
            _ = try await store.engine.write { try $0.execute(mend) }
            #expect(try await self.asked(lane, uris).answers[0].hasSuffix("\r\n\r\n" + Self.path))
        }
    }

    @Test func `bytes are read from a file once, and only what they should be is kept`() async throws {
        try await self.withLane(.sqlite) { lane, store in
            let reader = try SQLiteDocumentReader(path: try #require(store.engine.localFile))
            let hash = try #require(try reader.withDocument(at: Self.path) { $0.content })
            let whole = try reader.blob(hash)
            let damage = SQLStatement("UPDATE blobs SET bytes = \(Array("spoil".utf8)) WHERE hash = \(hash.bytes)")
            _ = try await store.engine.write { try $0.execute(damage) }
            #expect(throws: StoreError.self) { try lane.bodies.blob(hash, reader) }
            #expect(try await self.asked(lane, ["/\(Self.path)"]).handedOn == 1)
            let mend = SQLStatement("UPDATE blobs SET bytes = \(whole.bytes) WHERE hash = \(hash.bytes)")
            _ = try await store.engine.write { try $0.execute(mend) }
            #expect(try await self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\n" + Self.path))
            // From here on they are not asked for.
            _ = try await store.engine.write { try $0.execute(damage) }
            #expect(try lane.bodies.blob(hash, reader) == whole)
            #expect(try await self.asked(lane, ["/\(Self.path)"]).answers[0].hasSuffix("\r\n\r\n" + Self.path))
        }
    }

    @Test func `a document that is large beside all that is kept is not`() async throws {
        try await self.withLane(.sqlite) { lane, store in
            let reader = try SQLiteDocumentReader(path: try #require(store.engine.localFile))
            let hash = try #require(try reader.withDocument(at: Self.path) { $0.content })
            let bodies = KnownBodies(mostBytes: 16 * (Self.path.utf8.count - 1))
            #expect(try bodies.blob(hash, reader) == reader.blob(hash))
            _ = try await store.engine.write { try $0.execute("DELETE FROM blobs") }
            #expect(throws: StoreError.self) { try bodies.blob(hash, reader) }
        }
    }
}
