import Command
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Site
import Store
import Synchronization
import TestSupport
import Testing

/// P24: who asks by date never misses bytes.
@Suite struct LastModifiedTests {
    private static let key = "p2/wp-plugin/akismet.json"

    @Test(arguments: TestDatabase.allCases)
    func `P24: serve sends what has changed to who asks by the date of before, also within a second`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await RunningSite.with(store) { port in
                let http = PlainHTTP(port: port)
                var date: String?
                for number in 1...6 {
                    let content = Array("{\"number\":\(number)}".utf8)
                    _ = try await store.setRootDocument(path: Self.key, content: Blob(of: content), run: 1)
                    let conditions = date.map { ["If-Modified-Since: \($0)"] } ?? []
                    // Where requests arrive, and by the routes.
                    let answers = try await http.pipeline(
                        Array(repeating: ("GET", "/\(Self.key)", conditions), count: 2)
                    )
                    #expect(answers.map(\.status) == [200, 200])
                    #expect(answers.map(\.body) == [content, content])
                    date = answers[0].headers["last-modified"]
                    #expect(date != nil)
                    #expect(answers[1].headers["last-modified"] == date)
                    let unchanged = try await http.get("/\(Self.key)", headers: ["If-Modified-Since: \(date ?? "")"])
                    #expect(unchanged.status == 304)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: files get later dates with each change, also where a package went and came back`(
        _ database: TestDatabase
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.bucket = .directory(path: root)
            pipeline.updating = .credulous
            try await pipeline.round()
            var dates: [Date] = []
            func look() throws {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(Self.key)")
                let date = try #require(attributes[.modificationDate] as? Date)
                #expect(date.timeIntervalSince1970 == date.timeIntervalSince1970.rounded())
                #expect(dates.allSatisfy { $0 < date }, "\(dates) \(date)")
                dates.append(date)
            }
            try look()
            for number in 1...3 {
                try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.\(number)"))
                try await pipeline.round()
                try look()
                try pipeline.world.close(slug: "akismet")
                try await pipeline.makeEverythingDue()
                try await pipeline.round()
                #expect(!FileManager.default.fileExists(atPath: "\(root)/\(Self.key)"))
                try pipeline.world.reopen(slug: "akismet")
                try await pipeline.makeEverythingDue()
                try await pipeline.round()
                try look()
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: a key is not sent twice within a second of the store's clock, and is live when the run ends`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.syncing.rest = SyncStage.Configuration().rest
            try await pipeline.round()
            let objects = pipeline.sandbox.objects
            var dates = [try #require(objects.object(bucket: Pipeline.bucket, key: Self.key)).lastModifiedSeconds]
            for number in 1...3 {
                try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.\(number)"))
                try await pipeline.round()
                #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.\(number)")
                dates.append(
                    try #require(objects.object(bucket: Pipeline.bucket, key: Self.key)).lastModifiedSeconds
                )
            }
            #expect(zip(dates, dates.dropFirst()).allSatisfy { $0 < $1 }, "\(dates)")
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: what somebody else wrote this very second is not replaced within it`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.syncing.rest = SyncStage.Configuration().rest
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.discover()
            try await pipeline.update()
            let objects = pipeline.sandbox.objects
            let (key, planted) = (Self.key, Planted())
            var disturbed = pipeline
            disturbed.wrap = { store in
                InterposedStore(store, key: key, isBefore: true) {
                    let now = Int64(Date().timeIntervalSince1970)
                    planted.seconds.withLock { $0 = now }
                    objects.plant(bucket: Pipeline.bucket, key: key, Array("{}".utf8), lastModifiedSeconds: now)
                }
            }
            #expect(try await disturbed.sync().counters["conditions_failed"] == 1)
            let date = try #require(objects.object(bucket: Pipeline.bucket, key: key)).lastModifiedSeconds
            #expect(date > planted.seconds.withLock { $0 })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a root whose rest ends at any moment is as it should be when the run ends`(_ database: TestDatabase)
        async throws
    {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            var pipeline = pipeline
            for number in 0..<120 {
                // With other settings the root is written twice: first, and behind all else. The rest between them ends now
                // and then between two looks at what there is to do.
                pipeline.settings.stages.publicURL = "https://\(number).example"
                pipeline.syncing.rest = .milliseconds(1 + number % 40)
                try await pipeline.sync()
                #expect(try await pipeline.store.dirtyCount() == (0, 0), "\(number)")
            }
        }
    }

    private final class Planted: Sendable { let seconds = Mutex<Int64>(0) }
}
