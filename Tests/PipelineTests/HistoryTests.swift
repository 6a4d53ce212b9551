import Command
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import WordPress

/// P5: incremental equals from scratch, over random histories.
@Suite struct HistoryTests {
    @Test(arguments: TestDatabase.allCases, [1, 2, 3, 4] as [UInt64])
    func `P5: many small rounds end with the bytes of one run over the same log`(
        _ database: TestDatabase,
        _ seed: UInt64
    ) async throws {
        let world = SandboxWorld.generated(seed: seed, plugins: 40, themes: 12, revisions: 300)
        var history = History(world: world, seed: seed)
        try await Pipeline.with(database, world: world) { pipeline in
            try await pipeline.round(.fromTheStart)
            for _ in 1...12 {
                for _ in 1...15 { try history.step() }
                // Some stages run late, or twice.
                if history.chance(70) { try await pipeline.discover() }
                if history.chance(60) { try await pipeline.update() }
                if history.chance(60) { try await pipeline.sync() }
                if history.chance(30) { try await pipeline.makeEverythingDue() }
            }
            try await pipeline.settle()
            let incremental = pipeline.bucket()
            #expect(try await pipeline.store.dirtyCount() == (0, 0))

            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round(.fromTheStart)
                let scratch = fresh.bucket("scratch")
                #expect(incremental.keys.sorted() == scratch.keys.sorted())
                #expect(incremental.filter { scratch[$0.key] != $0.value }.map(\.key).sorted() == [])
            }
            #expect(incremental.count > 50)
            try Self.expectTrueReferences(in: incremental, world)
        }
    }

    /// Every tag is named with the revision that last changed it, or with that of the copy which brought it back from
    /// before its last change.
    private static func expectTrueReferences(in bucket: [String: [UInt8]], _ world: SandboxWorld) throws {
        var exact = 0
        var copies = 0
        for (key, bytes) in bucket where key.hasPrefix("p2/wp-") && !key.contains("~dev") {
            let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            let packages = document?["packages"] as? [String: [[String: Any]]] ?? [:]
            for (name, versions) in packages {
                let directory: SandboxDirectory = name.hasPrefix("wp-theme/") ? .themes : .plugins
                let package = world.package(directory, slug: String(name.drop { $0 != "/" }.dropFirst()))
                for version in versions {
                    let reference = (version["source"] as? [String: Any])?["reference"] as? String ?? ""
                    let parts = reference.replacing("tags/", with: "").split(separator: "@")
                    let tag = package?.tag(named: parts.first.map(String.init) ?? "")
                    let revision = try #require(parts.count == 2 ? Int32(parts[1]) : nil, "\(name): \(reference)")
                    let isExact = revision == tag?.revision
                    if isExact { exact += 1 } else { copies += 1 }
                    #expect(isExact || revision > tag?.revision ?? .max, "\(name): \(reference)")
                }
            }
        }
        #expect(exact > 50 && copies * 5 < exact, "\(exact) exact, \(copies) of copies")
    }

    @Test(arguments: TestDatabase.allCases, [5, 6] as [UInt64])
    func `P5: what upstream has imported late, and in part, ends with the bytes of one run over the same log`(
        _ database: TestDatabase,
        _ seed: UInt64
    ) async throws {
        let world = SandboxWorld.generated(seed: seed, plugins: 30, themes: 8, revisions: 200)
        // Recent enough to be waited for.
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 20 * 3_600)
        var history = History(world: world, seed: seed)
        try await Pipeline.with(database, world: world) { pipeline in
            try await pipeline.round(.fromTheStart)
            var behind = 0
            for _ in 1...8 {
                for slug in world.slugs(.plugins) where history.chance(40) { world.lag(.plugins, slug: slug) }
                for _ in 1...10 { try history.step() }
                try await pipeline.discover()
                behind += try await pipeline.update().counters["packages_behind"] ?? 0
                try await pipeline.sync()
                for slug in world.slugs(.plugins) where history.chance(50) {
                    world.releaseLag(.plugins, slug: slug)
                }
                if history.chance(50) { try await pipeline.makeEverythingDue() }
            }
            #expect(behind > 5)
            world.releaseLag(.plugins)
            try await pipeline.useUpLooks()
            let incremental = pipeline.bucket()
            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round(.fromTheStart)
                try await fresh.useUpLooks()
                let scratch = fresh.bucket("scratch")
                #expect(incremental.keys.sorted() == scratch.keys.sorted())
                #expect(incremental.filter { scratch[$0.key] != $0.value }.map(\.key).sorted() == [])
            }
            try Self.expectTrueReferences(in: incremental, world)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P5: a log that is added later gives the bytes of one that was read from the start`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld.generated(seed: 9, plugins: 30, themes: 8, revisions: 250)
        var history = History(world: world, seed: 9)
        try await Pipeline.with(database, world: world) { pipeline in
            // Started at the head, so that nothing is known of older tags.
            try await pipeline.round()
            for _ in 1...60 { try history.step() }
            try await pipeline.round()
            pipeline.sandbox.resetStatistics()
            try await pipeline.discover(.fromTheStart)
            let requests = pipeline.sandbox.statistics.packagesAsked
            #expect(requests == 0)
            try await pipeline.settle()
            let backfilled = pipeline.bucket()
            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
                try await fresh.round(.fromTheStart)
                let scratch = fresh.bucket("scratch")
                #expect(backfilled.keys.sorted() == scratch.keys.sorted())
                #expect(backfilled.filter { scratch[$0.key] != $0.value }.map(\.key).sorted() == [])
            }
        }
    }
}

/// Random commits, closures and reopenings, from a seed.
struct History {
    let world: SandboxWorld
    private var state: UInt64
    private var serial = 0
    private var snapshots: [(directory: SandboxDirectory, snapshot: SandboxSnapshot)] = []

    init(world: SandboxWorld, seed: UInt64) {
        self.world = world
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func chance(_ percent: Int) -> Bool { self.below(100) < percent }

    mutating func step() throws {
        self.serial += 1
        let directory: SandboxDirectory = self.chance(75) ? .plugins : .themes
        let slugs = self.world.slugs(directory).filter { self.world.package(directory, slug: $0) != nil }
        guard let slug = self.pick(slugs), let package = self.world.package(directory, slug: slug) else { return }
        let tag = self.pick(package.tags.map(\.name))
        if self.chance(20), let snapshot = self.world.snapshot(directory, slug: slug) {
            self.snapshots.append((directory, snapshot))
        }
        // A step that does not fit the package is no step.
        do { try self.step(self.below(17), directory, slug, tag, package) } catch is SandboxError {}
    }

    private mutating func step(
        _ kind: Int,
        _ directory: SandboxDirectory,
        _ slug: String,
        _ tag: String?,
        _ package: SandboxPackage
    ) throws {
        switch (kind, directory, tag) {
        case (0...2, _, _):
            try self.world.commit(directory, slug: slug, .tag("7.\(self.serial)", isLive: self.chance(80)))
        case (3, .plugins, _): try self.world.commit(directory, slug: slug, .trunk())
        case (4, .plugins, _): try self.world.commit(directory, slug: slug, .assets)
        case (5, _, let tag?): try self.world.commit(directory, slug: slug, .rewriteTag(tag))
        case (6, _, let tag?) where package.tags.count > 1:
            try self.world.commit(directory, slug: slug, .deleteTag(tag))
        case (7, .plugins, _): try self.world.close(slug: slug)
        case (8, .plugins, _): try self.world.reopen(slug: slug)
        case (9, _, _): try self.world.add(directory, SandboxPackage(slug: "new-\(self.serial)"), tags: ["1.0"])
        case (10, _, let tag?): try self.world.commit(directory, slug: slug, .renameTag(tag, to: "8.\(self.serial)"))
        case (11...14, _, _): try self.restore(directory, slug)
        case (15, .plugins, _): try self.world.commit(.plugins, slug: slug, .deleteTags)
        default: if self.chance(30) { try self.world.remove(directory, slug: slug) }
        }
    }

    /// Copies a folder into place as it was: deleted before, replaced by it, or another package's.
    private mutating func restore(_ directory: SandboxDirectory, _ slug: String) throws {
        let known = self.snapshots.filter { $0.directory == directory }.map(\.snapshot)
        guard !known.isEmpty else { return }
        let snapshot = known[self.below(known.count)]
        // Mostly to where it was.
        let target = self.chance(80) ? snapshot.package.slug : slug
        let isOfTags = directory == .plugins && self.chance(60)
        try self.world.commit(
            directory,
            slug: target,
            isOfTags ? .restoreTags(snapshot) : .restoreDirectory(snapshot)
        )
    }

    private mutating func pick(_ list: [String]) -> String? { list.isEmpty ? nil : list[self.below(list.count)] }

    private mutating func below(_ bound: Int) -> Int {
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return Int(self.state % UInt64(bound))
    }
}

extension Pipeline {
    /// Looks until upstream is not waited for any longer: what it never shows is at rest then.
    fileprivate func useUpLooks() async throws {
        try await self.settle()
        for _ in 0...LookSchedule().lagDelays.count {
            try await self.makeEverythingDue()
            try await self.update()
        }
        try await self.round()
    }
}
