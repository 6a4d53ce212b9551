import Command
import Composer
import Facts
import Foundation
import Pipeline
import Site
import Store
import Synchronization
import TestSupport
import Upstream

/// A repository whose archives `serve` fetches when they are asked for, and a server that has them.
struct LazyRepository: Sendable {
    /// What the server of archives does, which a test can change.
    final class Archives: Sendable {
        private let reaction = Mutex<(@Sendable (TestUpstream.Request) async -> TestUpstream.Reaction)?>(nil)

        func answer(_ body: (@Sendable (TestUpstream.Request) async -> TestUpstream.Reaction)?) {
            self.reaction.withLock { $0 = body }
        }

        func answer(to request: TestUpstream.Request) async -> TestUpstream.Reaction {
            if let reaction = self.reaction.withLock({ $0 }) { return await reaction(request) }
            return .answer(200, body: LazyRepository.zip(request.uri))
        }
    }

    static let name = "acme/kit"

    var pipeline: Pipeline
    let upstream: TestUpstream
    let archives: Archives
    let url: String

    /// The bytes of the archive at a path.
    static func zip(_ path: String) -> [UInt8] {
        StoredZip.package(Self.name, path + String(repeating: "x", count: 700_000))
    }

    /// A version whose archive is named so.
    func version(_ version: String, _ reference: String?, isDev: Bool = false, shasum: String = "") -> String {
        let normalized = isDev ? version : "\(version).0"
        let named = reference.map { #","reference":"\#($0)""# } ?? ""
        return """
            {"name":"\(Self.name)","version":"\(version)","version_normalized":"\(normalized)",\
            "dist":{"type":"zip","url":"\(self.url)/\(version)-\(reference ?? "").zip"\(named),"shasum":"\(shasum)"}}
            """
    }

    static func document(_ versions: [String]) -> String {
        #"{"packages":{"\#(Self.name)":[\#(versions.joined(separator: ","))]}}"#
    }

    static func with(
        _ database: TestDatabase,
        _ body: (LazyRepository, WrittenRepository) async throws -> Void
    ) async throws {
        let archives = Archives()
        try await TestUpstream.with(script: { await archives.answer(to: $0) }) { connection in
            try await WrittenRepository.with(database) { pipeline, repository in
                var pipeline = pipeline
                pipeline.settings.stages.publicURL = "http://127.0.0.1:1"
                pipeline.settings.stages.archives.temporaryFolder = FileManager.default.temporaryDirectory.path
                // No machine is so slow that it ends by itself.
                pipeline.settings.delivery.waitSeconds = 86_400
                for source in pipeline.settings.stages.sources {
                    pipeline.settings.stages.archives.lazy[source.name] = ArchivePolicy(url: "")
                }
                try repository.write(
                    "packages.json",
                    #"{"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/kit"]}"#
                )
                let lazy = LazyRepository(
                    pipeline: pipeline,
                    upstream: connection.server,
                    archives: archives,
                    url: connection.url
                )
                try repository.write(
                    "p2/acme/kit.json",
                    Self.document([lazy.version("2.0.0", "abc2"), lazy.version("1.0.0", "tags/1@7")])
                )
                try repository.write(
                    "p2/acme/kit~dev.json",
                    Self.document([lazy.version("dev-a/b", "abcd", isDev: true)])
                )
                try await pipeline.round()
                try await body(lazy, repository)
            }
        }
    }

    /// Some processes of `serve`.
    func serving(
        _ count: Int = 1,
        _ change: (inout Site.Configuration) -> Void = { _ in },
        _ body: ([PlainHTTP]) async throws -> Void
    ) async throws {
        try await self.pipeline.serving(count, change, body)
    }

    /// Those in the bucket.
    var archiveKeys: [String] { self.pipeline.bucket().keys.filter { $0.hasPrefix("dist/") } }

    /// How often the server was asked for anything.
    var fetches: Int { self.upstream.requests.count }
}
