import Command
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P1, P17, P18: a fetch meets every fault and every death, and nothing is named that is not there.
@Suite struct ArchiveKillTests: FetchedArchives {
    @Test(arguments: TestDatabase.allCases)
    func `P1, P17: killed at any step of a fetch, what documents name is there, and nothing is lost`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database, packages: 2) { pipeline, mount in
            try await pipeline.round()
            var kills = 0
            for steps in 0..<400 {
                // Fresh work at every try.
                for name in mount.world.names { try mount.world.publish([name], .release) }
                try await pipeline.discover()
                try await pipeline.update()
                let lifeline = Lifeline(steps: steps)
                _ = try? await pipeline.mortal(lifeline).sync()
                try pipeline.expectArchivesAreThere("killed at step \(steps)")
                try await pipeline.endArchiveWaits()
                if !lifeline.isCut { break }
                kills += 1
            }
            #expect(kills > 10)
            try await pipeline.round()
            try await self.expectAtRest(pipeline)
        }
    }

    @Test(
        arguments: TestDatabase.allCases,
        [SandboxFault.Effect.reset, .resetAfterEffect, .status(500), .truncated, .wrongETag]
    )
    func `P1, P17, P18: a fault at any request of a fetch or an upload loses nothing`(
        _ database: TestDatabase,
        _ effect: SandboxFault.Effect
    ) async throws {
        try await self.with(database, packages: 2) { pipeline, mount in
            try await pipeline.round()
            for number in 0..<12 {
                for name in mount.world.names { try mount.world.publish([name], .release) }
                try await pipeline.discover()
                try await pipeline.update()
                for route in ["composer-zip", "s3-*"] where effect != .wrongETag || route == "s3-*" {
                    pipeline.sandbox.fail(SandboxFault(effect, route: route, times: 3, skip: number))
                }
                _ = try? await pipeline.sync()
                pipeline.sandbox.clearFaults()
                try await pipeline.sandbox.waitUntilIdle()
                try pipeline.expectArchivesAreThere("\(effect) at request \(number)")
                try await pipeline.endArchiveWaits()
            }
            try await pipeline.round()
            try await self.expectAtRest(pipeline)
        }
    }

    /// Every release is named with an archive of ours, and nothing is left to do.
    private func expectAtRest(_ pipeline: Pipeline) async throws {
        let all = try pipeline.dists()
        #expect(try pipeline.expectArchivesAreThere("at rest") == all.count)
        #expect(try await pipeline.store.dueArchives(sources: ["composer:packagist"]).count == 0)
        #expect(try await pipeline.store.dirtyCount() == (0, 0))
        let totals = try await pipeline.store.archiveTotals()
        #expect(totals.count == Int64(pipeline.archives.count))
        #expect(totals.bytes == pipeline.archives.values.reduce(0) { $0 + Int64($1.count) })
    }
}
