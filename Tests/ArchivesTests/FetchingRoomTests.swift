import Foundation
import Synchronization
import TestSupport
import Testing
import Transport
import Upstream

@testable import Archives

/// Where archives are while they are fetched, and who waits for what.
@Suite struct FetchingRoomTests {
    @Test(arguments: [true, false])
    func `P22: a large archive is in a file that has no name`(_ saysLength: Bool) async throws {
        let reaction: TestUpstream.Reaction =
            saysLength ? .answer(200, body: FetchingTests.large) : .chunked(body: FetchingTests.large)
        try await FetchingTests.with(script: { _ in reaction }) { fetching in
            let fetched = try await fetching.get()
            let file = try #require(fetched.content.file, "it is in memory")
            #expect(try fetching.files.isEmpty, "nothing is left there by whoever is killed")
            #expect(try Array(Data(contentsOf: URL(filePath: file.path))) == FetchingTests.large)
            #expect(try fetched.archive == ArchiveCheck.check(FetchingTests.large))
            #expect(fetching.fetcher.room.files.free == 1 << 20 - FetchingTests.large.count)
            #expect(fetching.fetcher.room.memory.free == 4_000)
        }
    }

    @Test(arguments: [true, false])
    func `what is over a limit is refused with words, announced or not`(_ saysLength: Bool) async throws {
        let reaction: TestUpstream.Reaction =
            saysLength ? .answer(200, body: FetchingTests.large) : .chunked(body: FetchingTests.large)
        for (hasFolder, folder, most, words) in [
            (true, 1 << 20, 9_999, "the most that an archive may have"), (true, 9_999, 1 << 20, "may have together"),
            (false, 1 << 20, 1 << 20, "set PACKLINE_TEMP_DIR"),
        ] {
            try await FetchingTests.with(
                bytesInFolder: folder,
                hasFolder: hasFolder,
                maxBytes: most,
                script: { _ in reaction }
            ) { fetching in
                let error = await FetchingTests.error(fetching)
                #expect(error?.reason == .tooLarge)
                #expect(error?.detail.contains(words) == true, "\(String(describing: error))")
                #expect(fetching.upstream.server.requests.count == 1)
            }
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: [true, false])
    func `P22: what has no room waits for it without a connection`(_ saysLength: Bool) async throws {
        let reaction: TestUpstream.Reaction =
            saysLength ? .answer(200, body: FetchingTests.large) : .chunked(body: FetchingTests.large)
        try await FetchingTests.with(bytesInFolder: FetchingTests.large.count + 2_000, script: { _ in reaction }) {
            fetching in
            var first: FetchedArchive? = try await fetching.get()
            async let second = fetching.get()
            while fetching.fetcher.room.files.waiterCount == 0 { await Task.yield() }
            #expect(first != nil)
            first = nil
            let fetched = try await second
            #expect(try fetched.archive == ArchiveCheck.check(FetchingTests.large))
            #expect(fetching.upstream.server.requests.count > 2)
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `P22: an archive of unknown size grows into all the room that there is, and not beyond`() async throws {
        let bytes = TestZip(.init("a", String(repeating: "0123456789", count: 300_000), method: 0)).bytes
        for (room, isTaken) in [(bytes.count, true), (bytes.count + 1, true), (bytes.count - 1, false)] {
            try await FetchingTests.with(
                bytesInFolder: room,
                maxBytes: 1 << 30,
                script: { _ in .chunked(body: bytes) }
            ) { fetching in
                if isTaken {
                    let fetched = try await fetching.get()
                    #expect(try fetched.archive == ArchiveCheck.check(bytes))
                } else {
                    #expect(await FetchingTests.error(fetching)?.reason == .tooLarge)
                }
                #expect(fetching.upstream.server.requests.count == 1)
            }
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `however many archives there are for little room, all are fetched`() async throws {
        try await FetchingTests.with(
            bytesInMemoryEach: 300,
            bytesInFolder: FetchingTests.large.count + 2_000,
            script: {
                let body = $0.number % 3 == 0 ? FetchingTests.large : FetchingTests.zip
                return $0.number % 2 == 0 ? .chunked(body: body) : .answer(200, body: body)
            }
        ) { fetching in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 { group.addTask { _ = try await fetching.get() } }
                try await group.waitForAll()
            }
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `what whoever wants it has no room for is not read to its end`() async throws {
        // Neither ever ends: one says how much is to come, the other one does not. What is small is waited for as a whole.
        let bytes = FetchingTests.zip + [UInt8](repeating: 0, count: 2 * AnswerStream.ahead)
        for reaction in [TestUpstream.Reaction.stall(body: bytes), .drip(beginning: bytes)] {
            try await FetchingTests.with(script: { _ in reaction }) { fetching in
                let error = await #expect(throws: ArchiveError.self) {
                    try await fetching.get(bytesLeft: FetchingTests.zip.count)
                }
                #expect(error?.reason == .noBytesLeft)
                #expect(fetching.upstream.server.requests.count == 1)
            }
        }
        try await FetchingTests.with(script: { _ in .answer(200, body: FetchingTests.zip) }) { fetching in
            _ = try await fetching.get(bytesLeft: FetchingTests.zip.count)
        }
    }

    @Test func `a folder that can't be used is said`() async throws {
        try await FetchingTests.with(script: { _ in .answer(200, body: FetchingTests.large) }) { fetching in
            try FileManager.default.removeItem(at: fetching.folder)
            let error = await FetchingTests.error(fetching)
            #expect(error?.reason == .noRoom)
            #expect(error?.detail.contains("PACKLINE_TEMP_DIR") == true)
        }
    }

    @Test func `a host gets no more requests at once than the operator has said`() async throws {
        let counts = Mutex((running: 0, most: 0))
        // What takes too long is asked again, and the server goes on with what it has begun.
        var configuration = UpstreamClient.Configuration.forTests(timeout: .seconds(1_800))
        configuration.requested = RequestedPace(concurrency: 2)
        try await TestUpstream.with(
            configuration,
            script: { _ in
                counts.withLock { $0 = ($0.running + 1, max($0.most, $0.running + 1)) }
                for _ in 0..<100 { await Task.yield() }
                counts.withLock { $0.running -= 1 }
                return .answer(200, body: FetchingTests.zip)
            }
        ) { upstream in
            let fetcher = ArchiveFetcher(upstream.client, ArchiveFetcher.Configuration())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        _ = try await fetcher.fetch(ArchiveRequest(url: upstream.url, sourceURL: upstream.url))
                    }
                }
                try await group.waitForAll()
            }
            #expect(counts.withLock { $0.most } == 2)
        }
    }
}
