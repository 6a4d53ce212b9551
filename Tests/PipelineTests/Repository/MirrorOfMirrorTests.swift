import Command
import ComposerRepository
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// One of us follows another: its feed, its list and its documents.
@Suite struct MirrorOfMirrorTests {
    @Test(arguments: TestDatabase.allCases)
    func `P16: a mirror of the mirror is the mirror byte for byte, after changes and deletes too`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 20)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await RepositoryTests.with(database, [mount]) { first in
            var first = first
            first.updating = .credulous
            try await database.with { [first] stores in
                let store = stores[0]
                try await RunningSite.with(first.store) { port in
                    var first = first
                    // Only then does its root name the feed.
                    first.settings.stages.publicURL = "http://127.0.0.1:\(port)"
                    try await first.round()
                    var second = try Self.mirror(of: port, first, store)
                    try await second.round()
                    try self.expectEqual(first, second, "the first time")
                    for step in 1...4 {
                        world.publish(count: 3)
                        world.publish(count: 2, .dev)
                        let new = world.add(count: 1)
                        let gone = world.delete(count: 1)
                        try await first.round()
                        try await second.round()
                        if step == 2 { try await Self.restart(&second, first, port) }
                        try self.expectEqual(first, second, "step \(step)")
                        let published = second.bucket("second")
                        for name in gone { #expect(published["p2/\(name).json"] == nil) }
                        for name in Set(new).subtracting(gone) { #expect(published["p2/\(name).json"] != nil) }
                    }
                    let before = try await store.feed(since: 0)
                    try await first.round()
                    try await second.round()
                    #expect(try await store.feed(since: 0).timestamp == before.timestamp, "nothing moves")
                }
            }
        }
    }

    /// As if it had been away for longer than its upstream remembers.
    private static func restart(_ second: inout Pipeline, _ first: Pipeline, _ port: Int) async throws {
        var retention = Store.Retention()
        retention.tombstones = .seconds(-60)
        _ = try await first.store.cleanUp(retention)
        try await second.round()
    }

    private static func mirror(of port: Int, _ first: Pipeline, _ store: Store) throws -> Pipeline {
        var settings = first.settings
        settings.stages.bucket = try BucketURL("s3://second")
        settings.stages.sources = [
            try RepositorySource(RepositorySettings(name: "mirror", url: "http://127.0.0.1:\(port)"))
        ]
        var second = Pipeline(sandbox: first.sandbox, store: store, settings: settings)
        second.updating = .credulous
        return second
    }

    private func expectEqual(_ first: Pipeline, _ second: Pipeline, _ moment: String) throws {
        func documents(_ bucket: String) -> [String: [UInt8]] {
            first.bucket(bucket).filter { $0.key.hasPrefix("p2/") }
        }
        let (ours, theirs) = (documents(Pipeline.bucket), documents("second"))
        #expect(!ours.isEmpty && ours.keys.sorted() == theirs.keys.sorted(), "\(moment)")
        #expect(ours.filter { theirs[$0.key] != $0.value }.map(\.key).sorted() == [], "\(moment)")
    }
}
