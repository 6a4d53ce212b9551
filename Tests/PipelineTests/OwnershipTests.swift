import Command
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import Upstream

/// P15: a name has one owner.
@Suite struct OwnershipTests {
    /// A vendor's repository, and an open one that has packages of the vendor's as well.
    struct Two: Sendable {
        let own: ComposerWorld
        let open: ComposerWorld
        let pipeline: Pipeline

        var first: SourceName { "composer:own" }
        var second: SourceName { "composer:open" }

        func ofFirst(_ change: (inout RepositorySettings) -> Void) throws -> Pipeline {
            var pipeline = self.pipeline
            guard let source = pipeline.settings.stages.sources[0] as? RepositorySource else { return pipeline }
            var settings = source.settings
            change(&settings)
            var changed = try RepositorySource(settings)
            changed.listsAll = true
            pipeline.settings.stages.sources[0] = changed
            return pipeline
        }

        func with(_ order: [SourceName]) -> Pipeline {
            var pipeline = self.pipeline
            let sources = pipeline.settings.stages.sources
            pipeline.settings.stages.sources = order.compactMap { name in sources.first { $0.name == name } }
            return pipeline
        }

        /// The source whose release a name has in the bucket; nil where it has none.
        func publisher(of name: String) throws -> SourceName? {
            guard let versions = try self.pipeline.versions(name) else { return nil }
            // The worlds have releases of other numbers: one has published more often.
            if versions.first == self.own.newestVersion(name) { return self.first }
            return versions.first == self.open.newestVersion(name) ? self.second : nil
        }
    }

    static let shared = "acme/shared"
    static let ofVendor = "acme/only-open"
    static let other = "umbrella/tool"

    private func with(
        _ database: TestDatabase,
        own shape: ComposerShape = .satis,
        _ body: (Two) async throws -> Void
    ) async throws {
        let (own, open) = (ComposerWorld(seed: 1, packages: 0), ComposerWorld(seed: 2, packages: 0))
        try own.add([Self.shared, "acme/secret"])
        try open.add([Self.shared, Self.ofVendor, Self.other])
        for _ in 1...4 { try open.publish([Self.shared]) }
        let mounts = [try ComposerMount("own", shape, own), try ComposerMount("open", .packagist, open)]
        try await RepositoryTests.with(database, mounts) { pipeline in
            var pipeline = pipeline
            pipeline.updating = .credulous
            #expect(own.newestVersion(Self.shared) != open.newestVersion(Self.shared))
            try await body(Two(own: own, open: open, pipeline: pipeline))
        }
    }

    private static let fromFirst = SandboxFault(.status(500), pattern: "/own/*")

    @Test(arguments: TestDatabase.allCases)
    func `P15: of two sources that have a name the first one publishes it, and all names of the vendor are its own`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            #expect(try two.publisher(of: Self.shared) == two.first)
            #expect(try two.publisher(of: "acme/secret") == two.first)
            #expect(try two.publisher(of: Self.ofVendor) == nil)
            #expect(try two.publisher(of: Self.other) == two.second)
            // What only the later one has of the vendor later on is the first one's, too.
            try two.open.add(["acme/secret"])
            for _ in 1...4 { try two.open.publish(["acme/secret"]) }
            try two.open.publish([Self.shared, Self.ofVendor, Self.other])
            try await two.pipeline.round()
            #expect(try two.publisher(of: "acme/secret") == two.first)
            #expect(try two.publisher(of: Self.shared) == two.first)
            #expect(try two.publisher(of: Self.ofVendor) == nil)
            #expect(try two.publisher(of: Self.other) == two.second)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a name that its owner withdraws is nobody else's`(_ database: TestDatabase) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            try two.own.delete([Self.shared])
            try two.open.publish([Self.shared])
            for _ in 1...3 {
                try await two.pipeline.makeEverythingDue()
                var discovering = DiscoverStage.Configuration()
                (discovering.reconciles, discovering.maxShrinkPercent) = (true, 90)
                try await two.pipeline.round(discovering)
            }
            #expect(try two.pipeline.versions(Self.shared) == nil)
            #expect(try two.publisher(of: "acme/secret") == two.first)
            let report = try await two.pipeline.report(Self.shared)
            #expect(report.owner == two.first.rawValue && report.reason == .listed && report.published == nil)
        }
    }

    @Test(
        arguments: TestDatabase.allCases,
        [
            SandboxFault(.status(500), pattern: "/own/*"), SandboxFault(.status(404), pattern: "/own/*"),
            SandboxFault(.htmlPage, pattern: "/own/*"), SandboxFault(.truncated, pattern: "/own/*"),
            SandboxFault(.shrunk(percent: 60), pattern: "/own/*"), SandboxFault(.emptyBody, pattern: "/own/*"),
        ]
    )
    func `P15: an owner that fails or lies keeps its names, and what is published of them`(
        _ database: TestDatabase,
        _ fault: SandboxFault
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            let published = two.pipeline.bucket()["p2/\(Self.shared).json"]
            _ = two.pipeline.sandbox.fail(fault)
            try two.open.publish([Self.shared, Self.ofVendor])
            try await two.pipeline.makeEverythingDue()
            var discovering = DiscoverStage.Configuration()
            discovering.reconciles = true
            try await two.pipeline.round(discovering)
            #expect(two.pipeline.bucket()["p2/\(Self.shared).json"] == published)
            #expect(try two.publisher(of: Self.ofVendor) == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: nothing of a later source is published before an earlier one was listed as a whole`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            _ = two.pipeline.sandbox.fail(Self.fromFirst)
            try await two.pipeline.discover()
            let outcome = try await two.pipeline.update()
            try await two.pipeline.sync()
            #expect(two.pipeline.bucket().keys.allSatisfy { !$0.hasPrefix("p2/") })
            #expect(outcome.notes.contains { $0.contains("before composer:own was listed") })
            #expect(outcome.counters[.packagesAsked] == nil)
            two.pipeline.sandbox.clearFaults()
            try await two.pipeline.round()
            #expect(try two.publisher(of: Self.shared) == two.first)
            #expect(try two.publisher(of: Self.ofVendor) == nil)
            #expect(try two.publisher(of: Self.other) == two.second)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: when an earlier source lists a vendor the later one loses it at once, in discover`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            #expect(try two.publisher(of: Self.other) == two.second)
            try two.own.add(["umbrella/private"])
            var discovering = DiscoverStage.Configuration()
            discovering.reconciles = true
            let outcome = try await two.pipeline.discover(discovering)
            #expect(outcome.counters[.namesMoved] == 1)
            #expect(try await two.pipeline.store.dirtyCount().deletes == 2)
            try await two.pipeline.update()
            try await two.pipeline.sync()
            #expect(try two.publisher(of: Self.other) == nil)
            #expect(try two.publisher(of: "umbrella/private") == two.first)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: whoever is at work on a name of a later source when an earlier one lists it writes nothing of it`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            try two.open.publish([Self.other])
            try await two.pipeline.discover()
            let store = two.pipeline.store
            let sources = two.pipeline.settings.stages.owning
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            let claims = try await store.claimDue(
                source: two.second,
                limit: 9,
                run: run,
                leaseMilliseconds: 86_400_000,
                naming: try await store.ownership(of: sources).naming(of: two.second)
            )
            #expect(claims.map(\.name) == [Self.other])
            try two.own.add([Self.other])
            var discovering = DiscoverStage.Configuration()
            discovering.reconciles = true
            try await two.pipeline.discover(discovering)
            try await two.pipeline.update()
            try await two.pipeline.sync()
            #expect(try two.publisher(of: Self.other) == two.first)
            let before = two.pipeline.bucket()
            let result = PackageResult(
                claim: try #require(claims.first),
                state: .active,
                format: 9,
                documents: [("p2/\(Self.other).json", Blob(of: Array("late".utf8)))],
                isSettled: true,
                looks: 0,
                nextLook: .never
            )
            #expect(try await store.finish([result], run: run).lost == 1)
            try await two.pipeline.round()
            #expect(two.pipeline.bucket() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: what the first source excludes is the later one's, and goes from one to the other by configuration`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            let excluding = try two.ofFirst {
                $0.exclude = NameSelection(names: [Self.shared], patterns: ["acme/only-*"])
            }
            try await excluding.round()
            #expect(try two.publisher(of: Self.shared) == two.second)
            #expect(try two.publisher(of: Self.ofVendor) == two.second)
            #expect(try two.publisher(of: "acme/secret") == two.first)
            try await two.pipeline.round()
            #expect(try two.publisher(of: Self.shared) == two.first)
            #expect(try two.publisher(of: Self.ofVendor) == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: only narrows what is fetched, not what is owned`(_ database: TestDatabase) async throws {
        try await self.with(database) { two in
            let narrow = try two.ofFirst { $0.only = NameSelection(names: ["acme/secret"]) }
            try two.own.add(["umbrella/private"])
            try await narrow.round()
            #expect(try two.publisher(of: "acme/secret") == two.first)
            for name in [Self.shared, Self.ofVendor, Self.other, "umbrella/private"] {
                #expect(try two.pipeline.versions(name) == nil, "\(name)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a change of the order moves a few names, in both directions, and the winner's document stays`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            for order in [[two.second, two.first], [two.first, two.second], [two.second], [two.first, two.second]] {
                let pipeline = two.with(order)
                // One lists what the other has waited for.
                for _ in 1...2 { try await pipeline.round() }
                #expect(try two.publisher(of: Self.shared) == order[0], "\(order)")
                #expect(try two.publisher(of: Self.ofVendor) == (order[0] == two.second ? two.second : nil), "\(order)")
                #expect(try two.publisher(of: Self.other) == two.second, "\(order)")
                let settled = (two.pipeline.bucket(), try await two.pipeline.rows())
                try await pipeline.round()
                #expect(two.pipeline.bucket() == settled.0)
                #expect(try await two.pipeline.rows() == settled.1)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a change of the configuration that moves more than a few names wants a person's word`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            let many = (0..<12).map { "acme/many-\($0)" }
            try two.open.add(many)
            let alone = two.with([two.second])
            try await alone.round()
            #expect(try two.publisher(of: many[0]) == two.second)
            try await two.pipeline.discover()
            let before = try await two.pipeline.rows()
            await #expect(throws: GuardRefusal.self) { try await two.pipeline.update() }
            #expect(try await two.pipeline.rows() == before)
            var confirmed = two.pipeline
            confirmed.updating.confirmsOwners = true
            let outcome = try await confirmed.update()
            #expect(outcome.counters[.namesMoved] == 14)
            try await two.pipeline.sync()
            #expect(try two.publisher(of: Self.shared) == two.first)
            #expect(try many.allSatisfy { try two.pipeline.versions($0) == nil })
            // And back.
            await #expect(throws: GuardRefusal.self) { try await alone.update() }
            var back = alone
            back.updating.confirmsOwners = true
            try await back.update()
            try await back.sync()
            #expect(try many.allSatisfy { try two.publisher(of: $0) == two.second })
            #expect(try two.publisher(of: Self.shared) == two.second)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: with several sources a round without change writes nothing`(_ database: TestDatabase) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            try await two.pipeline.round()
            let before = try await two.pipeline.rows()
            try await two.pipeline.round()
            #expect(try await two.pipeline.rows() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an update that names nothing does not read the vendors of all sources`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            for _ in 1...2 { try await two.pipeline.round() }
            let texts = Mutex<[String]>([])
            let store = Store(
                engine: WatchedEngine(
                    two.pipeline.store.engine,
                    onStatement: { statement in
                        let text = statement.rendered(for: two.pipeline.store.engine.dialect).text
                        texts.withLock { $0.append(text) }
                    }
                )
            )
            let watched = Pipeline(sandbox: two.pipeline.sandbox, store: store, settings: two.pipeline.settings)
            try two.open.publish([Self.other])
            try await two.pipeline.discover()
            let outcome = try await watched.update()
            #expect(outcome.counters[.packagesAsked] == 1)
            func readVendors() -> Bool { texts.withLock { $0.contains { $0.contains("since_ms FROM vendors") } } }
            #expect(!readVendors())
            _ = try await store.ownership(of: two.pipeline.settings.stages.owning)
            #expect(readVendors())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who owns a name is told with the reason, and names that several have are listed in pages`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { two in
            try await two.pipeline.round()
            let shared = try await two.pipeline.report(Self.shared)
            #expect(shared.owner == "composer:own" && shared.reason == .listed && shared.published == "composer:own")
            #expect(shared.holders.map(\.source) == ["composer:own", "composer:open"])
            let ofVendor = try await two.pipeline.report("ACME/only-open")
            #expect(ofVendor.owner == "composer:own" && ofVendor.reason == .vendor && ofVendor.published == nil)
            #expect(ofVendor.holders.map(\.source) == ["composer:open"])
            let other = try await two.pipeline.report(Self.other)
            #expect(other.owner == "composer:open" && other.reason == .first && other.published == "composer:open")
            #expect(try await two.pipeline.report("no/body").owner == nil)
            try two.open.add(["acme/secret"])
            try await two.pipeline.round()
            let store = two.pipeline.store
            let sources = two.pipeline.settings.stages.owning
            var (names, last, pages) = ([String](), String?.none, 0)
            repeat {
                let page = try await store.sharedNames(of: sources, after: last, limit: 1)
                names += page.names.map(\.name)
                (last, pages) = (page.next, pages + 1)
            } while last != nil
            #expect(names == ["acme/secret", Self.shared] && pages == 2)
        }
    }
}

extension Pipeline {
    fileprivate func report(_ name: String) async throws -> NameReport {
        try await self.store.report(onName: name, of: self.settings.stages.owning)
    }
}
