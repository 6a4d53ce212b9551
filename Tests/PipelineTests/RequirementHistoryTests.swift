import Command
import ComposerRepository
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P5 and P10 for curated sets that follow requirements.
@Suite struct RequirementHistoryTests {
    @Test(arguments: TestDatabase.allCases, [1, 2] as [UInt64])
    func `P5: many small rounds, some of them cut short, end with the bytes of one run`(
        _ database: TestDatabase,
        _ seed: UInt64
    ) async throws {
        let world = ComposerWorld(seed: seed, packages: 40)
        var random = SplitMix(seed: seed)
        let names = world.names
        let mount = try ComposerMount("packagist", .packagist, world)
        let roots = Set(names.shuffled(using: &random).prefix(3))
        try await RepositoryTests.with(
            database,
            [mount],
            configure: { settings in
                settings.only = NameSelection(names: roots)
                settings.requires = true
            }
        ) { pipeline in
            for step in 1...10 {
                for name in names.shuffled(using: &random).prefix(4) {
                    let required = Array(names.shuffled(using: &random).prefix(Int(random.next() % 3)))
                    try world.require(name, required, inEveryVersion: random.next() % 2 == 0)
                }
                try await pipeline.discover(step % 3 == 0 ? .reconciling : .init())
                // One that ends after a package or two leaves the rest to the next.
                var options = StageOptions()
                if random.next() % 2 == 0 { options.limit = 2 }
                try await pipeline.update(options: options)
                if random.next() % 2 == 0 { try await pipeline.sync() }
            }
            try await pipeline.round()
            // What is needed no longer is found out, a week passes, and it goes.
            try await pipeline.reconcile()
            try await pipeline.letDaysPass(8)
            try await pipeline.reconcile()
            try await pipeline.confirmWithdrawals()
            try await pipeline.sync()
            #expect(pipeline.published == world.closure(of: Array(roots)))
            let incremental = pipeline.bucket()

            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round()
                #expect(fresh.bucket("scratch") == incremental)
            }
        }
    }
}
