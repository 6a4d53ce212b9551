import Command
import Composer
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P1 and P10: each stage is killed after each of its steps in turn, with fresh work at every try.
@Suite struct KillTests {
    @Test(arguments: TestDatabase.allCases)
    func `P1: killed at any step, what is announced can be fetched and what is stamped is live`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld.generated(seed: 3, plugins: 16, themes: 4, revisions: 80)
        var history = History(world: world, seed: 3)
        try await Pipeline.with(database, world: world) { pipeline in
            var pipeline = pipeline
            pipeline.syncing.batchSize = 3
            pipeline.updating = .credulous
            var kills = 0
            let feedStart = try await pipeline.store.feedTimestamp()
            for stage in Stage.allCases {
                // Each try lives one step longer, until it lives to its end.
                for steps in 0..<400 {
                    for _ in 1...5 { try history.step() }
                    try await pipeline.prepare(for: stage)
                    let lifeline = Lifeline(steps: steps)
                    await pipeline.mortal(lifeline).runUnlessKilled(stage)
                    try await pipeline.endLeases()
                    try await pipeline.expectAnnouncedCanBeFetched(since: feedStart, "\(stage) killed at step \(steps)")
                    if !lifeline.isCut { break }
                    kills += 1
                }
            }
            #expect(kills > 40)

            for _ in 1...4 {
                try await pipeline.makeEverythingDue()
                try await pipeline.round()
            }
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            let survivors = pipeline.bucket()
            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round(.fromTheStart)
                #expect(survivors == fresh.bucket("scratch"))
            }
        }
    }
}

extension Pipeline {
    /// The same pipeline as a process that will be killed.
    func mortal(_ lifeline: Lifeline) -> Pipeline {
        var pipeline = Pipeline(
            sandbox: self.sandbox,
            store: Store(engine: MortalEngine(engine: self.store.engine, lifeline: lifeline)),
            settings: self.settings
        )
        pipeline.syncing = self.syncing
        pipeline.updating = self.updating
        pipeline.fetchesArchives = self.fetchesArchives
        pipeline.wrap = { MortalStore(store: $0, lifeline: lifeline) }
        return pipeline
    }

    /// What the stages before `stage` do, so that it has work.
    fileprivate func prepare(for stage: Stage) async throws {
        if stage != .discover { try await self.discover(.fromTheStart) }
        if stage == .sync { try await self.update() }
    }

    fileprivate func runUnlessKilled(_ stage: Stage) async {
        do {
            switch stage {
            case .discover: try await self.discover(.fromTheStart)
            case .update: try await self.update()
            case .sync: try await self.sync()
            }
        } catch {}
    }
}
