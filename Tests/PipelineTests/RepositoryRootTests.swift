import Command
import Composer
import ComposerRepository
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Upstream

/// The root of a repository with packages whose names can be any.
@Suite struct RepositoryRootTests {
    private func root(_ pipeline: Pipeline) throws -> [String: Any] {
        let bytes = try #require(pipeline.bucket()["packages.json"])
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private func mainNames(_ pipeline: Pipeline) -> [String] {
        pipeline.bucket().keys.filter { $0.hasPrefix("p2/") && !$0.hasSuffix("~dev.json") }
            .map { String($0.dropFirst(3).dropLast(5)) }.sorted()
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: packages that are live are named beside patterns, and the root is the same from who asks no upstream`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 9)
        let mount = try ComposerMount("satis", .satis, world)
        try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
            var pipeline = pipeline
            let settings = RepositorySettings(name: "satis", url: address.composer("satis"))
            pipeline.settings.stages.sources.append(try RepositorySource(settings))
            try await pipeline.round()
            let patterns = pipeline.settings.stages.patterns.map(\.pattern)
            let root = try self.root(pipeline)
            #expect(root["available-packages"] as? [String] == world.names.sorted())
            #expect(root["available-package-patterns"] as? [String] == patterns)
            #expect(root["security-advisories"] == nil)

            // Another process, which has read no root of upstream.
            pipeline.settings.stages.sources.removeLast()
            pipeline.settings.stages.sources.append(try RepositorySource(settings))
            let rows = try await pipeline.rows()
            #expect(try await pipeline.sync().counters.isEmpty)
            #expect(try await pipeline.rows() == rows)

            let new = world.add(count: 1)
            let gone = world.delete(count: 1)
            try await pipeline.settle()
            let names = try self.root(pipeline)["available-packages"] as? [String]
            #expect(names == self.mainNames(pipeline).filter { !$0.hasPrefix("wp-") })
            #expect(names?.contains(new[0]) == true && names?.contains(gone[0]) == false)
        }
    }

    @Test func `above a thousand names there are patterns of vendors`() async throws {
        let world = ComposerWorld(packages: 1_040)
        try await RepositoryTests.with(.sqlite, [try ComposerMount("satis", .satis, world)]) { pipeline in
            try await pipeline.round()
            let root = try self.root(pipeline)
            #expect(root["available-packages"] == nil)
            let vendors = Set(self.mainNames(pipeline).map { "\($0.prefix { $0 != "/" })/*" })
            #expect(root["available-package-patterns"] as? [String] == vendors.sorted())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `where not all names are known none is told, and names that were named are all`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 5)
        let mount = try ComposerMount("lazy", .lazy, world)
        try await RepositoryTests.with(
            database,
            [mount],
            configure: { $0.only = NameSelection(names: Set(world.names)) }
        ) { pipeline in
            try await pipeline.round()
            var root = try self.root(pipeline)
            #expect(root["available-packages"] as? [String] == self.mainNames(pipeline))

            var settings = RepositorySettings(name: "lazy", url: pipeline.url(of: mount))
            settings.only = NameSelection(names: Set(world.names), patterns: ["zzz/*"])
            var pipeline = pipeline
            pipeline.settings.stages.sources = [try RepositorySource(settings)]
            try await pipeline.sync()
            root = try self.root(pipeline)
            #expect(root["available-packages"] == nil && root["available-package-patterns"] == nil)
        }
    }

    @Test(arguments: [true, false])
    func `a store that answers 403 for what is missing is warned of where Composer asks for any name`(
        _ hides: Bool
    ) async throws {
        let world = ComposerWorld(packages: 5)
        let mount = try ComposerMount("lazy", .lazy, world)
        var sandbox = SandboxSettings()
        sandbox.hidesAbsence = hides
        try await Pipeline.with(.sqlite, world: .builtIn, sandbox: sandbox, composer: [mount]) { pipeline, address in
            var pipeline = pipeline
            var settings = RepositorySettings(name: "lazy", url: address.composer("lazy"))
            for patterns in [[], ["zzz/*"]] {
                settings.only = NameSelection(names: Set(world.names), patterns: patterns)
                pipeline.settings.stages.sources = [try RepositorySource(settings)]
                try await pipeline.discover()
                try await pipeline.update()
                let notes = try await pipeline.sync().notes.filter { $0.contains("s3:ListBucket") }
                #expect(notes.isEmpty == !(hides && !patterns.isEmpty))
            }
            // It is no more than a warning: who can't be asked for it has all the same.
            pipeline.sandbox.fail(SandboxFault(.reset, route: "s3-head", pattern: "p2/.packline/*"))
            _ = world.publish(count: 1)
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done && outcome.notes.isEmpty)
            #expect(outcome.counters["objects_uploaded"] ?? 0 > 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P16: advisories stay where one feed is the only source, whose API the root names, and go beside others`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 12)
        let mount = try ComposerMount("packagist", .packagist, world)
        let others = ComposerWorld(packages: 0)
        try others.add(["other/one"])
        let other = try ComposerMount("satis", .satis, others)
        try await Pipeline.with(database, world: .builtIn, composer: [mount, other]) { pipeline, address in
            var pipeline = pipeline
            let url = address.composer("packagist")
            let packagist = try RepositorySource(RepositorySettings(name: "packagist", url: url))
            let satis = try RepositorySource(RepositorySettings(name: "satis", url: address.composer("satis")))
            func expectKept(_ isKept: Bool) async throws {
                try await pipeline.update()
                try await pipeline.sync()
                let (root, bucket) = (try self.root(pipeline), pipeline.bucket())
                let advisories = root["security-advisories"] as? [String: Any]
                #expect(advisories?["api-url"] as? String == (isKept ? "\(url)/api/security-advisories/" : nil))
                #expect(advisories?["metadata"] as? Bool == (isKept ? true : nil))
                #expect(root["filter"] == nil, "no document has it")
                let names = world.names.sorted() + (isKept ? [] : ["other/one"])
                #expect(root["available-packages"] as? [String] == names)
                for name in world.names {
                    let upstream = try await Curl.body(of: "\(url)/p2/\(name).json")
                    #expect((bucket["p2/\(name).json"] == upstream) == isKept, "\(name)")
                }
            }
            pipeline.settings.stages.sources = [packagist]
            try await pipeline.discover()
            try await expectKept(true)
            let rows = try await pipeline.rows()
            try await pipeline.round()
            #expect(try await pipeline.rows() == rows)

            mount.resetRequests()
            pipeline.settings.stages.sources = [packagist, satis]
            try await pipeline.discover()
            try await expectKept(false)
            #expect(mount.requests.count(.composerDevDocument) == 0, "what is stored is derived again")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `before anything of another source is live the root names nobody who is told of all names`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPrivateSource(database) { pipeline in
            var pipeline = pipeline
            let seen = Mutex<String?>(nil)
            pipeline.wrap = { [pipeline] store in
                InterposedStore(store, key: "p2/private/one.json", isBefore: true) {
                    let root = pipeline.text("packages.json")
                    seen.withLock { $0 = root }
                }
            }
            try await pipeline.sync()
            let root = try #require(seen.withLock { $0 })
            #expect(!root.contains("security-advisories") && !root.contains("private/one"))
            #expect(try self.root(pipeline)["available-packages"] != nil)
            #expect(pipeline.text("packages.json")?.contains("private/one") == true)
        }
    }

    /// A repository that passes Packagist's advisories on, and what is to be published of a private source beside.
    private func withPrivateSource(
        _ database: TestDatabase,
        published: (Pipeline) async throws -> Void = { try await $0.sync() },
        _ body: (Pipeline) async throws -> Void
    ) async throws {
        let mount = try ComposerMount("packagist", .packagist, ComposerWorld(packages: 3))
        let others = ComposerWorld(packages: 0)
        try others.add(["private/one"])
        let other = try ComposerMount("satis", .satis, others)
        try await Pipeline.with(database, world: .builtIn, composer: [mount, other]) { pipeline, address in
            var pipeline = pipeline
            let packagist = RepositorySettings(name: "packagist", url: address.composer("packagist"))
            let satis = RepositorySettings(name: "satis", url: address.composer("satis"))
            pipeline.settings.stages.sources = [try RepositorySource(packagist)]
            try await pipeline.discover()
            try await pipeline.update()
            try await published(pipeline)
            #expect(try await self.liveRoot(pipeline).contains("security-advisories"))
            pipeline.settings.stages.sources = [try RepositorySource(satis), try RepositorySource(packagist)]
            try await pipeline.discover()
            try await pipeline.update()
            try await body(pipeline)
        }
    }

    private func isLive(_ key: String, _ pipeline: Pipeline) async throws -> Bool {
        try await pipeline.store.engine.read { session in
            try !session.rows("SELECT 1 FROM objects WHERE key = \(key) AND live_hash IS NOT NULL").isEmpty
        }
    }

    /// The root that was stamped last, be it in a bucket or in `serve`.
    private func liveRoot(_ pipeline: Pipeline) async throws -> String {
        let hash: ContentHash = try await pipeline.store.engine.read { session in
            try session.rows("SELECT live_hash FROM objects WHERE key = 'packages.json'")[0]["live_hash"]
        }
        let blob = try #require(try await pipeline.store.contents([hash])[hash])
        return String(decoding: try blob.content(), as: UTF8.self)
    }

    @Test(arguments: TestDatabase.allCases)
    func `serve publishes no document while a killed one holds the root that goes first, and begins no runs`(
        _ database: TestDatabase
    ) async throws {
        func publish(_ pipeline: Pipeline) async throws -> Int {
            try await Publisher(
                store: pipeline.store,
                settings: pipeline.settings.stages,
                logger: Pipeline.logger
            ).publish()
        }
        try await self.withPrivateSource(database, published: { _ = try await publish($0) }) { pipeline in
            let store = pipeline.store
            _ = try await store.markForUpload(paths: ["packages.json"])
            let run = try await store.beginRun(.sync, worker: "killed", version: "test")
            let held = try await store.claimDirty(kind: .root, limit: 1, run: run, leaseMilliseconds: 86_400_000)
            #expect(held.map(\.path) == ["packages.json"])
            for _ in 1...2 { #expect(try await publish(pipeline) == 0) }
            #expect(try await !self.isLive("p2/private/one.json", pipeline))
            #expect(try await store.runs(of: .sync, limit: 1).map(\.id) == [run])
            try await pipeline.endLeases()
            #expect(try await publish(pipeline) > 0)
            #expect(try await self.isLive("p2/private/one.json", pipeline))
            let root = try await self.liveRoot(pipeline)
            #expect(root.contains("private/one") && !root.contains("security-advisories"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `while documents of a source are there that was taken out of the settings, nobody is told of all names`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPrivateSource(database) { pipeline in
            var pipeline = pipeline
            try self.expectPublished(pipeline, await pipeline.sync())
            pipeline.settings.stages.sources.removeFirst()
            #expect(try await pipeline.store.withholdsAdvisories(pipeline.settings.stages))
            for _ in 1...2 {
                #expect(try await pipeline.sync().exit == .done)
                #expect(try self.root(pipeline)["security-advisories"] == nil)
                #expect(pipeline.text("p2/private/one.json") != nil, "nobody has withdrawn it")
                try await pipeline.update()
            }
            _ = try await pipeline.store.engine.write { session in
                var references = BlobReferences()
                let keys: [String] = try session.rows(
                    "SELECT key FROM objects WHERE key LIKE 'p2/private/%' AND content_hash IS NOT NULL"
                ).map { try $0["key"] }
                let objects = keys.map { ($0, nil, nil) as Store.ObjectContent }
                _ = try Store.setContents(objects, references: &references, run: 1, session)
                try references.write(session)
            }
            // It is there until it was deleted.
            try await pipeline.update()
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.text("p2/private/one.json") == nil)
            #expect(try self.root(pipeline)["security-advisories"] != nil)
            #expect(try await !pipeline.store.withholdsAdvisories(pipeline.settings.stages))
        }
    }

    /// Nothing of the private source is there, and the run says why.
    private func expectHeldUp(_ pipeline: Pipeline, _ outcome: StageOutcome, _ words: String) throws {
        #expect(pipeline.text("p2/private/one.json") == nil)
        #expect(try self.root(pipeline)["security-advisories"] != nil)
        #expect(outcome.exit == .partial)
        let error = outcome.error ?? ""
        #expect(error.contains("packages.json") && error.contains(words), "\(error)")
    }

    private func expectPublished(_ pipeline: Pipeline, _ outcome: StageOutcome) throws {
        #expect(outcome.exit == .done, "\(outcome.error ?? "")")
        #expect(try self.root(pipeline)["security-advisories"] == nil)
        #expect(pipeline.text("packages.json")?.contains("private/one") == true)
        #expect(pipeline.text("p2/private/one.json") != nil)
    }

    @Test(arguments: TestDatabase.allCases)
    func `no document is published while the root that goes first is refused`(_ database: TestDatabase) async throws {
        try await self.withPrivateSource(database) { pipeline in
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "s3-put", pattern: "packages.json"))
            for _ in 1...2 { try self.expectHeldUp(pipeline, await pipeline.sync(), "500") }
            pipeline.sandbox.clearFaults()
            // However long it would be left alone otherwise.
            try self.expectPublished(pipeline, await pipeline.sync())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `no document is published while the lease of a killed run holds the root that goes first`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPrivateSource(database) { pipeline in
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "s3-put", pattern: "packages.json"))
            try await pipeline.sync()
            pipeline.sandbox.clearFaults()
            try await pipeline.store.retryRoot("packages.json")
            let run = try await pipeline.store.beginRun(.sync, worker: "killed", version: "test")
            let claimed = try await pipeline.store.claimDirty(
                kind: .root,
                limit: 1,
                run: run,
                leaseMilliseconds: 86_400_000
            )
            #expect(claimed.map(\.path) == ["packages.json"])
            try self.expectHeldUp(pipeline, await pipeline.sync(), "will be tried again")
            try await pipeline.endLeases()
            try self.expectPublished(pipeline, await pipeline.sync())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `no document is published alone before a whole sync after settings have changed`(_ database: TestDatabase)
        async throws
    {
        try await self.withPrivateSource(database) { pipeline in
            var options = StageOptions()
            options.packages = ["private/one"]
            try self.expectHeldUp(pipeline, await pipeline.sync(options: options), "without --package")
            try self.expectPublished(pipeline, await pipeline.sync())
            #expect(try await pipeline.sync(options: options).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a root that goes first and whose bytes are lost holds up one run`(_ database: TestDatabase) async throws {
        try await self.withPrivateSource(database) { pipeline in
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "s3-put", pattern: "packages.json"))
            try await pipeline.sync()
            pipeline.sandbox.clearFaults()
            _ = try await pipeline.store.engine.write { session in
                try session.execute(
                    "DELETE FROM blobs WHERE hash = (SELECT content_hash FROM objects WHERE key = 'packages.json')"
                )
            }
            try self.expectHeldUp(pipeline, await pipeline.sync(), "settings have changed")
            try self.expectPublished(pipeline, await pipeline.sync())
        }
    }

    @Test func `advisories are cut where upstream's root has no API for them, or wants credentials`() async throws {
        let world = ComposerWorld(packages: 4)
        let login = ComposerMount.Authentication.bearer(token: "t")
        let mount = try ComposerMount("packagist", .packagist, world, authentication: login)
        try await RepositoryTests.with(
            .sqlite,
            [mount],
            configure: { $0.authentication = .bearer("t") }
        ) { pipeline in
            try await pipeline.round()
            #expect(try self.root(pipeline)["security-advisories"] == nil)
            #expect(self.mainNames(pipeline).count == 4)
            for name in world.names { #expect(pipeline.text("p2/\(name).json")?.contains("advisoryId") == false) }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P7: the feed names documents of packages and nothing else`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 6)
        try await RepositoryTests.with(database, [try ComposerMount("packagist", .packagist, world)]) { pipeline in
            try await pipeline.round()
            _ = world.publish(count: 2)
            try await pipeline.round()
            let keys = try await pipeline.store.engine.read { session in
                try session.rows("SELECT key FROM objects WHERE feed_position IS NOT NULL").map {
                    try $0["key"] as String
                }
            }
            #expect(keys.count == 12 && keys.allSatisfy { $0.hasPrefix("p2/") })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what an upstream offers is known in words after discover`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 3)
        let mounts = [
            try ComposerMount("packagist", .packagist, world), try ComposerMount("tree", .providers, world),
        ]
        try await RepositoryTests.with(database, mounts) { pipeline in
            try await pipeline.discover()
            let offers = try await pipeline.store.pipelineState().sources.map { "\($0.name): \($0.offer ?? "")" }
            #expect(offers == ["composer:packagist: change feed with list", "composer:tree: provider tree"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: a document that no row knows is extra where names can be any, and foreign where only patterns are`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 12)
        let mount = try ComposerMount("satis", .satis, world)
        try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
            var pipeline = pipeline
            try await pipeline.round()
            let stray = "p2/acme/stray.json"
            try await pipeline.withBucket { objects in
                _ = try await objects.put(ObjectUpload(key: stray, bytes: Array("{}".utf8)))
            }
            #expect(try await pipeline.verify(repairs: true).counters["objects_foreign"] == 1)
            #expect(pipeline.text(stray) != nil)

            let settings = RepositorySettings(name: "satis", url: address.composer("satis"))
            pipeline.settings.stages.sources.append(try RepositorySource(settings))
            try await pipeline.round()
            #expect(try await pipeline.verify().counters["objects_extra"] == 1)
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            #expect(pipeline.text(stray) == nil)
            #expect(self.mainNames(pipeline).count { !$0.hasPrefix("wp-") } == 12)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }
}
