import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

/// `openapi.json` against the program.
@Suite struct OpenAPITests {
    private struct Document: Decodable {
        struct Schema: Decodable { var properties: [String: Property]? }
        struct Property: Decodable { var additionalProperties: Members? }
        struct Members: Decodable { var properties: [String: Nothing]? }
        struct Nothing: Decodable {}
        struct Components: Decodable { var schemas: [String: Schema] }
        struct Operation: Decodable {}

        var paths: [String: [String: Operation]]
        var components: Components
    }

    private struct Parts: Decodable {
        var sources: [String: [String: Document.Nothing]]
        var lastRuns: [String: [String: Document.Nothing]]

        enum CodingKeys: String, CodingKey {
            case sources
            case lastRuns = "last_runs"
        }
    }

    private func document() throws -> Document {
        try JSONDecoder().decode(Document.self, from: Data(OpenAPIRoutes.document))
    }

    @Test func `the document has the routes that serve has for programs, and no other`() async throws {
        try await TestDatabase.sqlite.with { stores in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            var configuration = Site.Configuration()
            configuration.advisoryFeeds = []
            let router = Site.router(
                store: stores[0],
                configuration: configuration,
                downloads: DownloadCounter(store: stores[0], logger: logger),
                logger: logger
            )
            let pages = Router(context: BasicRequestContext.self)
            PageRoutes(StateReader(store: stores[0], settings: PageSettings(), logger: logger)).add(to: pages)
            func names(_ router: Router<BasicRequestContext>) -> Set<String> {
                Set(router.routes.filter { $0.method != .head }.map(\.description))
            }
            let documented = try self.document().paths.flatMap { path, operations in
                operations.keys.map { "\($0.uppercased()) \(path)" }
            }
            // Those are there where archives are given.
            let archives: Set = [
                "GET /dist/{vendor}/{file}/{version}", "GET /dist/{vendor}/{file}/{version}/{archive}",
            ]
            // That says no more than that it is no route.
            let refusals: Set = ["GET /downloads"]
            #expect(
                Set(documented)
                    == names(router).subtracting(names(pages)).subtracting(refusals).union(archives)
            )
        }
    }

    @Test func `the document names what status.json tells`() async throws {
        try await FilledSite.with(.sqlite) { site in
            let text = try await site.text("/status.json")
            let told = try JSONDecoder().decode([String: Document.Nothing].self, from: Data(text.utf8)).keys
            let named = try #require(try self.document().components.schemas["PipelineStatus"]?.properties)
            #expect(Set(told).subtracting(named.keys).isEmpty)
            let parts = try JSONDecoder().decode(Parts.self, from: Data(text.utf8))
            for source in parts.sources.values {
                #expect(
                    Set(source.keys).subtracting(
                        named["sources"]?.additionalProperties?.properties?.keys.map { $0 } ?? []
                    ) == []
                )
            }
            #expect(!parts.lastRuns.isEmpty)
            for run in parts.lastRuns.values {
                #expect(
                    Set(run.keys).subtracting(
                        named["last_runs"]?.additionalProperties?.properties?.keys.map { $0 } ?? []
                    ) == []
                )
            }
            #expect(try await site.page("/openapi.json").headers[.contentType] == "application/json")
        }
    }
}
