import Command
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P1, P2, P3, P8, P12: the store fails at each request in turn, with fresh work at every try.
@Suite struct StoreFaultTests {
    /// A fault, and whether the store stays that way for the rest of the run.
    struct Fault: Sendable, CustomTestStringConvertible {
        var effect: SandboxFault.Effect
        var lasts = false

        /// Whether the client gives up before it is over.
        var isSlow: Bool {
            switch self.effect {
            case .delay, .lateAnswer: true
            default: false
            }
        }

        var testDescription: String { "\(self.effect)\(self.lasts ? ", from then on" : "")" }
    }

    /// Longer than anything takes: it ends when the fault is taken back.
    static let forEver = 3_600_000

    static let faults = [
        Fault(effect: .reset), Fault(effect: .resetAfterEffect), Fault(effect: .status(500)),
        Fault(effect: .status(503)), Fault(effect: .truncated), Fault(effect: .lateAnswer(milliseconds: Self.forEver)),
        Fault(effect: .delay(milliseconds: Self.forEver)), Fault(effect: .wrongETag),
        Fault(effect: .status(503), lasts: true), Fault(effect: .resetAfterEffect, lasts: true),
        Fault(effect: .wrongETag, lasts: true),
    ]

    @Test(arguments: TestDatabase.allCases, Self.faults)
    func `P1, P2, P3, P8, P12: a fault at any request to the store loses nothing and announces nothing too early`(
        _ database: TestDatabase,
        _ fault: Fault
    ) async throws {
        let world = SandboxWorld.generated(seed: 5, plugins: 12, themes: 3, revisions: 60)
        var history = History(world: world, seed: 5)
        try await Pipeline.with(database, world: world) { pipeline in
            var pipeline = pipeline
            pipeline.syncing.batchSize = 3
            pipeline.updating = .credulous
            let feedStart = try await pipeline.store.feedTimestamp()
            try await pipeline.discover(.fromTheStart)
            var struck = 0
            for number in 0..<40 {
                for _ in 1...12 { try history.step() }
                try await pipeline.discover()
                try await pipeline.update()
                let before = pipeline.sandbox.statistics.storeRequests
                let times = fault.lasts ? nil : 1
                pipeline.sandbox.fail(SandboxFault(fault.effect, route: "s3-*", times: times, skip: number))
                pipeline.storeTimeout = fault.isSlow ? .seconds(1) : nil
                // A run that fails says so; what matters is what it leaves behind.
                _ = try? await pipeline.sync()
                pipeline.storeTimeout = nil
                pipeline.sandbox.clearFaults()
                // What the client gave up may take effect only now.
                try await pipeline.sandbox.waitUntilIdle()
                try await pipeline.expectAnnouncedCanBeFetched(since: feedStart, "\(fault) at request \(number)")
                // Documents that failed wait for their next try, those too that a busy machine was too slow for.
                try await pipeline.endBackoffs()
                if pipeline.sandbox.statistics.storeRequests - before > number {
                    struck += 1
                } else if struck > 4 {
                    break
                }
            }
            #expect(struck > 4)

            // Closings were not looked for until now: that many at once are a person's to confirm.
            var confirmed = StageOptions()
            confirmed.isForced = true
            for _ in 1...4 {
                try await pipeline.makeEverythingDue()
                try await pipeline.discover()
                try await pipeline.update(options: confirmed)
                try await pipeline.sync()
            }
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            // ETags that were wrong are the only traces.
            let verified = try await pipeline.verify(isDeep: true)
            #expect(verified.exit == .done || fault.effect == .wrongETag, "\(verified.notes)")
            #expect(try await pipeline.verify(isDeep: true, repairs: true).exit == .done)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            // A probe for conditions whose store failed may still lie there, for the next probe to remove.
            let survivors = pipeline.bucket().filter { !$0.key.hasPrefix(".packline/") }
            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round(.fromTheStart)
                let scratch = fresh.bucket("scratch")
                #expect(survivors.keys.sorted() == scratch.keys.sorted())
                #expect(survivors.filter { scratch[$0.key] != $0.value }.map(\.key).sorted() == [])
            }
        }
    }
}

extension SandboxStatistics {
    fileprivate var storeRequests: Int {
        self.requests.filter { $0.key.hasPrefix("s3-") }.values.reduce(0, +)
    }
}

extension Pipeline {
    /// As if the time had come to try again what failed.
    fileprivate func endBackoffs() async throws {
        _ = try await self.store.engine.write {
            try $0.execute("UPDATE objects SET due_at_ms = 0 WHERE due_at_ms > 0")
        }
        try await self.endLeases()
    }
}
