import Command
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream
import WordPress

/// What holds for every kind of upstream.
@Suite struct KindTests {
    private func conforms<Source: UpstreamSource>(
        _ source: Source,
        _ client: UpstreamClient,
        changing key: String,
        with others: Set<String> = [],
        _ change: () throws -> Void
    ) async throws {
        let asker = source.asker(client)
        let before = try await asker.position(since: nil)
        #expect(try await asker.position(since: before) == before, "nothing has changed")
        #expect(!source.precedes(before, before))
        if let log = source.log { #expect(log.number(of: before).map(log.position) == before) }

        var keys: [String] = []
        let listing = try await asker.listing(unlessStill: nil) { keys.append($0) }
        if case .complete(_, let etag?) = listing {
            #expect(try await asker.listing(unlessStill: etag) { _ in } == .notModified)
        }
        #expect(Set(keys).count == keys.count && !source.isKey(""))
        let usable = keys.filter { source.packageName(of: $0) != nil }
        #expect(usable.contains(key) && usable.allSatisfy(source.isKey))
        let names = usable.compactMap(source.packageName)
        #expect(Set(names).count == usable.count)
        let prefixes = source.patterns.map { $0.prefix { $0 != "*" } }
        #expect(
            prefixes.isEmpty || names.allSatisfy { name in prefixes.contains { name.hasPrefix($0) } },
            "packages.json announces them"
        )

        let packages = usable.map { KnownPackage(key: $0) }
        let answers = try await asker.ask(about: packages, suspects: [KnownPackage(key: "no-such-package")])
        #expect(Set(answers.keys) == Set(usable + ["no-such-package"]), "each has a result")
        if case .success(.active) = answers["no-such-package"] { Issue.record("there is none") }
        var active = 0
        for package in packages {
            guard case .success(.active(let payload, _)) = answers[package.key] else { continue }
            active += 1
            let parts = source.parts(of: payload)
            #expect(!parts.isEmpty && Set(parts.map(\.name)).count == parts.count)
            let read = try source.payload(of: parts, key: package.key)
            #expect(source.parts(of: read) == parts, "what is stored is all there is")
            #expect(throws: (any Error).self, "nothing is no payload") { try source.payload(of: [], key: package.key) }
            let derived = source.derive(payload, of: package, facts: [:])
            #expect(source.derive(read, of: package, facts: [:]).documents == derived.documents)
            let name = try #require(source.packageName(of: package.key))
            let archives = try source.archives(of: derived, named: name, of: package, facts: [:])
            #expect(archives.allSatisfy { !$0.version.isEmpty && !$0.type.isEmpty && !$0.url.isEmpty })
            #expect(derived.documents.allSatisfy { ["p2/\(name).json", "p2/\(name)~dev.json"].contains($0.path) })
            for document in derived.documents {
                let json = try JSONSerialization.jsonObject(with: Data(document.bytes)) as? [String: Any]
                let packages = try #require(json?["packages"] as? [String: [Any]])
                #expect(Array(packages.keys) == [name] && packages[name]?.isEmpty == !document.hasVersions)
            }
            let said: [PackageAnswer<Source.Payload>] = [
                .active(payload, PackageFacts()), .unchanged, .closed(Closure()), .notFound,
            ]
            for answer in said {
                let look = source.look(at: package, answer, nowMilliseconds: 0)
                #expect(look.nextMilliseconds.map { $0 > 0 } ?? true)
            }
        }
        #expect(active > 0)

        // What a kind tells of again, as it is, is no change of it.
        let marks = source.changesTellAll ? try await self.changes(asker, after: nil, upTo: before).marks : [:]
        try change()
        let after = try await asker.position(since: before)
        #expect(after != before && !source.precedes(after, before))
        let found = try await self.changes(asker, after: before, upTo: after)
        #expect(found.isAtEnd, "it comes to an end")
        #expect(try await asker.position(since: found.reached) == found.reached, "the cursor ends where upstream is")
        let changed = found.marks.filter { key, mark in mark == nil || marks[key] != mark }
        #expect(Set(changed.keys) == others.union([key]))
    }

    /// What changed, with the marks of it, in stretches as short as they can be.
    private func changes(
        _ asker: some UpstreamAsker,
        after: Position?,
        upTo bound: Position
    ) async throws -> (marks: [String: String?], reached: Position?, isAtEnd: Bool) {
        var (marks, reached, isAtEnd): ([String: String?], Position?, Bool) = ([:], after, false)
        for _ in 0..<100 where !isAtEnd {
            let stretch = try await asker.changes(
                StretchRequest(after: reached, bound: bound, maxItems: 1, maxSize: 1)
            )
            for package in stretch.packages { marks[package.key] = .some(package.mark) }
            isAtEnd = stretch.isAtEnd || stretch.reached == nil
            reached = stretch.reached ?? reached
        }
        return (marks, reached, isAtEnd)
    }

    private func client<Result: Sendable>(
        _ pipeline: Pipeline,
        _ body: (UpstreamClient) async throws -> Result
    ) async throws -> Result {
        try await Connections.with(pipeline.settings, concurrency: 4, logger: Pipeline.logger) { connections in
            try await body(connections.upstream(requestsPerSecond: 0, concurrency: 4))
        }
    }

    @Test(arguments: ["wordpress-plugins", "wordpress-themes"])
    func `a source in the registry keeps what is asked of every kind`(_ name: String) async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            let isPlugins = name == "wordpress-plugins"
            let key = isPlugins ? "akismet" : "astra"
            let source = try #require(pipeline.settings.stages.sources.first { $0.name.rawValue == name })
            try await self.client(pipeline) { client in
                try await self.conforms(source, client, changing: key) {
                    try pipeline.world.commit(isPlugins ? .plugins : .themes, slug: key, .tag("99.9"))
                }
            }
        }
    }

    @Test func `WordPress itself keeps it too`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn, sources: "wordpress-core") { pipeline in
            let source = try #require(pipeline.settings.stages.sources.first)
            try await self.client(pipeline) { client in
                try await self.conforms(source, client, changing: "wordpress", with: ["wordpress-no-content"]) {
                    pipeline.world.coreReleases.insert(SandboxCoreRelease("6.7", "latest"), at: 0)
                }
            }
        }
    }

    @Test(arguments: ComposerShape.allCases.filter { ![.captures, .lazy, .satis].contains($0) })
    func `Composer repositories keep it too`(_ shape: ComposerShape) async throws {
        let world = ComposerWorld(packages: 12)
        let mount = try ComposerMount("repo", shape, world)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            let source = try #require(pipeline.settings.stages.sources.first as? RepositorySource)
            let key = try #require(world.names.first { world.newestVersion($0) != nil })
            try await self.client(pipeline) { client in
                try await self.conforms(source, client, changing: key) { try world.publish([key]) }
            }
        }
    }

    @Test func `a kind that lives nowhere but here keeps it too`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            let upstream = FakeUpstream()
            for number in 0..<5 { upstream.publish("p\(number)", versions: ["1.0"]) }
            try await self.client(pipeline) { client in
                try await self.conforms(FakeSource(upstream: upstream), client, changing: "p3") {
                    upstream.publish("p3", versions: ["2.0", "1.0"])
                }
            }
        }
    }

    @Test func `what is asked of every kind notices each flaw`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            try await self.client(pipeline) { client in
                for flaw in FakeSource.Flaw.allCases {
                    let upstream = FakeUpstream()
                    for number in 0..<5 { upstream.publish("p\(number)", versions: ["1.0"]) }
                    await withKnownIssue("\(flaw)") {
                        try await self.conforms(FakeSource(upstream: upstream, flaw: flaw), client, changing: "p3") {
                            upstream.publish("p3", versions: ["2.0", "1.0"])
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a kind with an opaque cursor, two parts and no more looks goes through all stages`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            let upstream = FakeUpstream()
            for number in 0..<5 { upstream.publish("p\(number)", versions: ["1.0"]) }
            pipeline.settings.stages.sources = [FakeSource(upstream: upstream)]
            try await pipeline.round()
            #expect(upstream.takeAsked() == (0..<5).map { "p\($0)" })
            #expect(try pipeline.versions("fake/p3") == ["1.0"])
            #expect(pipeline.text("packages.json")?.contains("\"fake/*\"") == true)

            try await pipeline.round()
            #expect(upstream.takeAsked() == [], "nothing is looked at again")

            upstream.publish("p3", versions: ["2.0", "1.0"])
            upstream.publish("p9", versions: ["1.0"])
            try await pipeline.round()
            #expect(upstream.takeAsked() == ["p3", "p9"])
            #expect(try pipeline.versions("fake/p3") == ["2.0", "1.0"])
            #expect(try pipeline.versions("fake/p9") == ["1.0"])

            // Other settings of the source: what is stored is derived again, and upstream is not asked.
            pipeline.settings.stages.sources = [FakeSource(upstream: upstream, vendor: "renamed")]
            try await pipeline.round()
            #expect(upstream.takeAsked() == [])
            #expect(try pipeline.versions("fake/p3") == nil)
            #expect(try pipeline.versions("renamed/p3") == ["2.0", "1.0"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is said not to have changed and can't be read is asked for once more, and not for ever`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            let upstream = FakeUpstream()
            for number in 0..<2 { upstream.publish("p\(number)", versions: ["1.0"]) }
            pipeline.settings.stages.sources = [FakeSource(upstream: upstream)]
            try await pipeline.round()
            upstream.publish("p2", versions: ["1.0"])
            try await pipeline.discover()
            _ = try await pipeline.store.engine.write { session in
                try session.execute(
                    """
                    UPDATE blobs SET bytes = \([1, 2, 3] as [UInt8]) WHERE hash IN (
                        SELECT hash FROM payloads JOIN packages ON packages.id = package_id
                        WHERE key = 'p1' AND part = 'title'
                    )
                    """
                )
            }
            try await pipeline.makeEverythingDue()
            _ = upstream.takeAsked()
            upstream.saysUnchanged = true
            let outcome = try await pipeline.update()
            #expect(upstream.takeAsked() == ["p0", "p1", "p1", "p2"])
            #expect(outcome.exit == .partial && outcome.counters[.packagesFailed] == 2)
            #expect(try await pipeline.store.failures(limit: 5).map(\.name).sorted() == ["fake/p1", "fake/p2"])
            upstream.saysUnchanged = false
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().exit == .done)
            try await pipeline.sync()
            for number in 0..<3 { #expect(try pipeline.versions("fake/p\(number)") == ["1.0"]) }
        }
    }

    @Test
    func `what was left out of a batch is asked about in the next, counted once, and fails where it is left out again`()
        async throws
    {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            var pipeline = pipeline
            let upstream = FakeUpstream()
            for number in 0..<5 { upstream.publish("p\(number)", versions: ["1.0"]) }
            pipeline.settings.stages.sources = [FakeSource(upstream: upstream, flaw: .mute)]
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            #expect(outcome.counters[.packagesAsked] == 5 && outcome.counters[.packagesFailed] == 1)
            #expect(upstream.takeAsked() == ["p0", "p1", "p2", "p3", "p3", "p4"])
        }
    }

    @Test func `P14: what needs a log is refused where no source has one`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.sources = [FakeSource(upstream: FakeUpstream())]
            var configuration = DiscoverStage.Configuration()
            configuration.fromRevision = 1
            do {
                try await pipeline.discover(configuration)
                Issue.record("there is no log to read")
            } catch is InvalidSettings {}
        }
    }

    @Test func `P14: withdrawals of a source that is off are not confirmed`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn, sources: "wordpress-core") { pipeline in
            var pipeline = pipeline
            pipeline.updating.confirmed = SourceName("wordpress-plugins")
            do {
                try await pipeline.update()
                Issue.record("nothing of it is asked about")
            } catch is InvalidSettings {}
        }
    }

    @Test func `fetching through a cache changes no byte of a document, and derives nothing again`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            try await pipeline.round()
            let documents = pipeline.bucket()
            var cached = pipeline
            cached.configure { $0.askedSubversionURL = $0.askedSubversionURL.replacing("127.0.0.1", with: "localhost") }
            try await cached.makeEverythingDue()
            let outcome = try await cached.update()
            #expect(outcome.counters["packages_derived"] == nil && outcome.counters["packages_derived_again"] == nil)
            try await cached.discover()
            try await cached.sync()
            #expect(pipeline.bucket() == documents)
        }
    }
}
