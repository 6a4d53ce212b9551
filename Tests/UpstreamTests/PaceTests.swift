import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Composer
@testable import Transport
@testable import Upstream

/// P21: a server that sends a byte now and then must not hold a lease for ever.
@Suite struct PaceTests {
    static let quick = BodyPace(window: .milliseconds(200), bytes: 1_000)

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

    @Test func `while as much as may waits for its reader the clock stands still, and goes on when it is taken`()
        async throws
    {
        // So long a window that it never ends by itself: what would be said at its end is asked for here.
        let limits = ExchangeLimits(
            head: .seconds(600),
            total: .seconds(3_600),
            pace: BodyPace(window: .seconds(86_400), bytes: 1_000)
        )
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            try await TestUpstream.with(script: { _ in .stall(body: Array(repeating: 0x68, count: AnswerStream.ahead)) }
            ) { connection in
                let request = try HTTPClient.Request(url: connection.url)
                try await AnswerStream.with(http, request, limits) { _, stream in
                    await stream.wait()
                    #expect(!stream.keeper.isTooSlow(), "the reader holds it back")
                    var count = 0
                    while count < AnswerStream.ahead { count += try await stream.next()?.readableBytes ?? 0 }
                    #expect(stream.keeper.isTooSlow(), "now it is the server's turn")
                }
            }
        } catch {
            Issue.record(error)
        }
        try await http.shutdown()
    }
}
