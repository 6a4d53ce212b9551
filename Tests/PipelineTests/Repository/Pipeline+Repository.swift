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

/// What tests of Composer repositories look at.
extension Pipeline {
    /// Composer documents of the bucket.
    var documents: [String: [UInt8]] { self.bucket().filter { $0.key.hasPrefix("p2/") } }

    func url(of mount: ComposerMount) -> String {
        let source = self.settings.stages.sources.compactMap { $0 as? RepositorySource }.first {
            $0.settings.name == mount.name
        }
        return source?.settings.url ?? ""
    }

    @discardableResult
    func round(reconciling: Bool) async throws -> StageOutcome {
        var configuration = DiscoverStage.Configuration()
        configuration.reconciles = reconciling
        let outcome = try await self.discover(configuration)
        try await self.update()
        try await self.sync()
        return outcome
    }

    /// What is published is what a repository with two documents a package says: its packages, and no others.
    func expectConverged(_ mount: ComposerMount, _ moment: String) async throws {
        let documents = self.documents
        let names = mount.world.names
        #expect(documents.count == 2 * names.count, "\(moment)")
        for name in names {
            for path in ["p2/\(name).json", "p2/\(name)~dev.json"] {
                guard let published = documents[path] else {
                    Issue.record("\(moment): \(path) is not there")
                    continue
                }
                let upstream = try await Curl.body(of: "\(self.url(of: mount))/\(path)")
                #expect(try Self.packages(published) == Self.packages(upstream), "\(moment): \(path)")
            }
        }
    }

    static func packages(_ document: [UInt8]) throws -> NSDictionary? {
        let json = try JSONSerialization.jsonObject(with: Data(document)) as? [String: Any]
        return json?["packages"] as? NSDictionary
    }

    /// How far the feed of the only source was taken in, in its own units.
    var feedCursor: Int64? {
        get async throws {
            let source = try #require(self.settings.stages.sources.first)
            let words = try await self.store.source(source.name)?.cursor?.text.split(separator: " ")
            guard let words, words.first == "feed" else { return nil }
            return Int64(words[1])
        }
    }

    /// How many packages of the only source are told to be not as new as upstream said.
    var behind: Int? {
        get async throws { try await self.store.pipelineState().sources.first?.behind }
    }

    /// A row of `packages`.
    struct PackageRow {
        var looks: Int64
        var attempts: Int64
        /// From now; nil for never.
        var dueInMilliseconds: Int64?
    }

    func row(_ key: String) async throws -> PackageRow {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let rows = try await self.store.engine.read { session in
            try session.rows("SELECT key, looks, attempts, due_at_ms FROM packages").map { row in
                (
                    try row.text(0),
                    PackageRow(
                        looks: try row.integer(1),
                        attempts: try row.integer(2),
                        dueInMilliseconds: try row.optionalInteger(3).map { $0 - now }
                    )
                )
            }
        }
        return try #require(rows.first { $0.0 == key }?.1)
    }
}
