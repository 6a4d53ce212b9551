import Command
import Composer
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P17: what a lock file has named once installs for ever.
@Suite struct ArchiveHistoryTests: FetchedArchives {
    @Test(arguments: TestDatabase.allCases)
    func `P17, P18: whatever was ever announced is there with its bytes, after a history with moved tags and closures`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld.generated(seed: 14, plugins: 20, themes: 5, revisions: 120)
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 370 * 86_400)
        var history = History(world: world, seed: 14)
        try await Pipeline.with(database, world: world) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            pipeline.fetchesArchives = true
            pipeline.updating = .credulous
            try await pipeline.round(.fromTheStart)
            var announced: [Pipeline.Dist] = []
            var references: [String: Set<String>] = [:]
            for month in 1...12 {
                for _ in 1...12 { try history.step() }
                // One of them twice, so that a tag moves for certain.
                try pipeline.moveTags(every: 4)
                world.setClock(seconds: Int64(Date().timeIntervalSince1970) - Int64(12 - month) * 30 * 86_400)
                try await pipeline.discover()
                try await pipeline.update()
                try await pipeline.sync()
                try await pipeline.passArchiveTime()
                try await pipeline.endArchiveWaits()
                try await pipeline.discover()
                try await pipeline.sync()
                for dist in try pipeline.dists() where dist.url.hasPrefix(Pipeline.archivesURL) {
                    if !announced.contains(dist) { announced.append(dist) }
                    references[dist.version, default: []].insert(dist.reference ?? "")
                }
                try pipeline.expectArchivesAreThere("month \(month)")
            }
            #expect(announced.count > 50)
            #expect(references.contains { $0.value.count > 1 }, "no tag has moved")
            let archives = pipeline.archives
            for dist in announced {
                let bytes = archives[String(dist.url.dropFirst(Pipeline.archivesURL.count + 1))]
                #expect(bytes.map(Pipeline.sha1) == dist.shasum, "\(dist)")
            }
        }
    }
}

extension Pipeline {
    /// Rewrites a tag of some plugins.
    fileprivate func moveTags(every step: Int) throws {
        let slugs = self.world.slugs(.plugins).sorted()
        for slug in slugs.enumerated().filter({ $0.offset.isMultiple(of: step) }).map(\.element) {
            guard let tag = self.world.package(.plugins, slug: slug)?.tags.last?.name else { continue }
            _ = try? self.world.commit(.plugins, slug: slug, .rewriteTag(tag))
        }
    }
}
