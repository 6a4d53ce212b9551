import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Composer
@testable import Transport
@testable import Upstream
@testable import WordPress

/// P21: a server that sends a byte now and then must not hold a lease for ever.
@Suite struct PaceTests {
    static let quick = BodyPace(window: .milliseconds(200), bytes: 1_000)

    @Test(arguments: [
        TestUpstream.Reaction.drip(), .drip(beginning: Array(repeating: 0x20, count: 50_000)),
        // Bytes come, and nothing comes of them: the name of a packed file, without end.
        .drip(headers: [("Content-Encoding", "gzip")], beginning: [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0]),
    ])
    func `P21: a body that trickles in is given up, whole, log and listing`(
        _ drip: TestUpstream.Reaction
    ) async throws {
        try await TestUpstream.with(.forTests(pace: Self.quick, attempts: 2), script: { _ in drip }) { connection in
            let requests: [(String, () async throws -> Void)] = [
                ("youngest", { _ = try await connection.repository.youngestRevision() }),
                ("log", { _ = try await connection.repository.readLog(from: 1, upTo: 9, limit: 10) { _ in } }),
                ("listing", { _ = try await connection.repository.readListing(ifNoneMatch: nil) { _ in } }),
            ]
            for (name, request) in requests {
                let error = await #expect(throws: UpstreamError.self) { try await request() }
                let isGivenUp = error?.code == .timeout || error?.code == .malformed || error?.code == .lineTooLong
                #expect(isGivenUp, "\(name): \(String(describing: error))")
            }
            let directory = PackageDirectory(type: .plugin, client: connection.client, apiURL: connection.url)
            let answers = try await directory.information(about: ["a"])
            let failure = Self.failure(answers["a"])
            #expect(failure?.code == .timeout && failure?.detail.contains("trickled") == true)
            #expect(failure?.isRetryable == true)
        }
    }

    @Test func `P21: an answer has a time in which it has to be over, however fast it comes`() async throws {
        let configuration = UpstreamClient.Configuration.forTests(
            timeout: .milliseconds(50),
            pace: BodyPace(window: .milliseconds(20), bytes: 1),
            attempts: 1
        )
        try await TestUpstream.with(configuration, script: { _ in .drip() }) { connection in
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.client.send(UpstreamRequest(method: .GET, url: connection.url)) { answer in
                    _ = try await answer.collect(upTo: 1 << 20)
                }
            }
            #expect(error?.code == .timeout)
        }
    }

    @Test func `time in which the reader holds back is not the server's fault`() {
        let pace = BodyPace(window: .seconds(60), bytes: 1_000)
        let keeper = PaceKeeper(pace)
        #expect(keeper.isTooSlow())
        keeper.note(bytes: 1_000)
        #expect(!keeper.isTooSlow())
        #expect(keeper.isTooSlow(), "each window has to bring its own")
        let now = ContinuousClock.now
        keeper.hold(true, at: now)
        #expect(!keeper.isTooSlow())
        // The whole of this window was the reader's.
        keeper.hold(false, at: now + pace.window)
        #expect(!keeper.isTooSlow())
        #expect(keeper.isTooSlow())
    }

    @Test func `while a piece waits for its reader the clock stands still, and goes on when it is taken`() async throws
    {
        // So long a window that it never ends by itself: what would be said at its end is asked for here.
        let limits = ExchangeLimits(
            head: .seconds(600),
            total: .seconds(3_600),
            pace: BodyPace(window: .seconds(86_400), bytes: 1_000)
        )
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await TestUpstream.with(script: { _ in .stall(body: Array("half".utf8)) }) { connection in
                let request = try HTTPClient.Request(url: connection.url)
                try await AnswerStream.with(http, request, limits) { _, stream in
                    await stream.wait()
                    #expect(!stream.keeper.isTooSlow(), "the reader holds it back")
                    let piece = try await stream.next()
                    #expect(piece?.readableBytes == 4)
                    #expect(stream.keeper.isTooSlow(), "now it is the server's turn")
                }
            }
        } catch {
            Issue.record(error)
        }
        try await http.shutdown()
    }

    private static func failure(_ answer: Result<PackageAnswer<Payload>, UpstreamError>?) -> UpstreamError? {
        if case .failure(let error)? = answer { error } else { nil }
    }
}
