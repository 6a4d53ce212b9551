import Advisories
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

@testable import Command
@testable import ComposerRepository

/// How fast Composer repositories are asked.
@Suite struct RepositoryPaceTests {
    @Test(arguments: [nil, 1, 7, 10] as [Int?])
    func `no more requests are under way at once than the source's setting says`(_ concurrency: Int?) async throws {
        let world = ComposerWorld(packages: 60)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await RepositoryTests.with(.sqlite, [mount], configure: { $0.concurrency = concurrency }) { pipeline in
            try await pipeline.discover()
            mount.resetRequests()
            // The stage's own four, where nothing is said.
            let most = concurrency ?? 4
            pipeline.sandbox.fail(SandboxFault(.lateAnswer(milliseconds: 3_600_000), route: .composerDocument))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pipeline.update() }
                while mount.requests.mostAtOnce < most { await Task.yield() }
                pipeline.sandbox.clearFaults()
                try await group.waitForAll()
            }
            #expect(mount.requests.mostAtOnce == most)
            #expect(mount.requests.count(.composerDocument) == 60)
            #expect(mount.requests.count(.composerDevDocument) == 60)
        }
    }

    @Test(arguments: [1, 9])
    func `discover makes no more requests at once than its flag says`(_ most: Int) async throws {
        try await WrittenRepository.with { pipeline, repository in
            let (mount, names) = (repository.mount, (0..<40).map { "acme/kit\($0)" })
            for name in names { try repository.writeDocuments(of: name) }
            try repository.write(
                "packages.json",
                """
                {"metadata-url":"/acme/p2/%package%.json","security-advisories":{"metadata":true},\
                "available-packages":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]}
                """
            )
            try await pipeline.round()
            // A feed of advisories that has nothing but a document for each name.
            var pipeline = pipeline
            let url = try RepositoryURL(pipeline.url(of: mount))
            pipeline.settings.stages.advisories.mode = .separate
            pipeline.settings.stages.advisories.feeds = [
                AdvisorySettings.Feed(name: "acme") { ComposerAdvisoryFeed(name: "acme", url: url, client: $0) }
            ]
            var common = CommonOptions()
            common.concurrency = most
            let work = StageWork.discover(pipeline.settings, common)
            mount.resetRequests()
            pipeline.sandbox.fail(SandboxFault(.lateAnswer(milliseconds: 3_600_000), route: .composerDocument))
            try await withThrowingTaskGroup(of: StageOutcome.self) { [pipeline] group in
                group.addTask {
                    try await pipeline.run(.discover, StageOptions()) { context, _ in try await work(context) }
                }
                await expectSoon("\(most) requests are under way at once") { mount.requests.mostAtOnce >= most }
                // The others are answered late too, so that too many would meet.
                pipeline.sandbox.clearFaults()
                pipeline.sandbox.fail(SandboxFault(.lateAnswer(milliseconds: 20), route: .composerDocument))
                while let outcome = try await group.next() { #expect(outcome.exit == .done) }
            }
            #expect(mount.requests.mostAtOnce == most)
            #expect(mount.requests.count(.composerDocument) == names.count)
        }
    }

    @Test(
        arguments: [
            // Said by nobody: there is no limit but for requests at once.
            (own: nil, said: nil, rate: 0), (own: 3, said: nil, rate: 3), (own: nil, said: 2, rate: 2),
            // A flag slows down, and is no way around what the source's owner allows.
            (own: 3, said: 2, rate: 2), (own: 3, said: 5, rate: 3), (own: 3, said: 0, rate: 3),
            (own: 0, said: 2, rate: 2),
        ] as [(own: Double?, said: Double?, rate: Double)]
    )
    func `the default of 5 requests a second is WordPress.org's; others have their own, or the flag's`(
        own: Double?,
        said: Double?,
        rate: Double
    ) async throws {
        var settings = RepositorySettings(name: "shop", url: "https://example.org")
        settings.requestsPerSecond = own
        let source = try RepositorySource(settings)
        try await Connections.with(try Settings(environment: [:]), concurrency: 4, logger: Pipeline.logger) {
            let client = $0.upstream(
                requestsPerSecond: 5,
                concurrency: 4,
                requested: RequestedPace(requestsPerSecond: said)
            )
            let configuration = source.asker(client).files.client.configuration
            #expect(configuration.requestsPerSecond == rate && configuration.concurrency == 4)
        }
    }

    @Test(
        arguments: [
            (own: nil, said: nil, most: 4), (own: 10, said: nil, most: 10), (own: 10, said: 2, most: 2),
            (own: 10, said: 50, most: 10), (own: nil, said: 50, most: 50),
        ] as [(own: Int?, said: Int?, most: Int)]
    )
    func `a flag allows no more requests at once than the source does`(own: Int?, said: Int?, most: Int) async throws {
        var settings = RepositorySettings(name: "shop", url: "https://example.org")
        settings.concurrency = own
        let source = try RepositorySource(settings)
        try await Connections.with(try Settings(environment: [:]), concurrency: 4, logger: Pipeline.logger) {
            let client = $0.upstream(
                requestsPerSecond: 5,
                concurrency: said ?? 4,
                requested: RequestedPace(concurrency: said)
            )
            #expect(source.asker(client).files.client.configuration.concurrency == most)
        }
    }

    @Test func `packages are looked at once in a period where nothing tells what changes`() throws {
        var settings = RepositorySettings(name: "shop", url: "https://example.org")
        settings.periodSeconds = 3_600
        let source = try RepositorySource(settings)
        let look = source.look(at: KnownPackage(key: "acme/a"), .notFound, nowMilliseconds: 1_000_000_000)
        let next = try #require(look.nextMilliseconds)
        #expect((1_800_000...3_600_000).contains(next))
    }
}
