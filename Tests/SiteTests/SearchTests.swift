import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import TestSupport
import Testing

@Suite struct SearchTests {
    private struct Answer: Decodable {
        struct Result: Decodable {
            var name: String
            var description: String
            var url: String
            var repository: String
            var downloads: Int
            var favers: Int
        }
        var results: [Result]
        var total: Int
        var next: String?
    }

    private static let packages: [(name: String, title: String, installs: Int64)] = [
        ("wp-plugin/seo", "The SEO Framework", 10), ("wp-plugin/seo-light", "Search Light", 20),
        ("wp-plugin/wordpress-seo", "Yoast SEO", 10_000_000),
        ("wp-plugin/rank-math", "Rank Math SEO – 100% free_", 3_000_000),
        ("wp-plugin/akismet", "Akismet Anti-spam", 6_000_000), ("wp-theme/seo-theme", "A Théme", 5),
    ]

    private func search(_ client: any TestClientProtocol, _ query: String) async throws -> Answer {
        try await client.execute(uri: "/search.json?\(query)", method: .get) { response in
            #expect(response.status == .ok, "\(query)")
            return try JSONDecoder().decode(Answer.self, from: Data(response.body.readableBytesView))
        }
    }

    private func withPackages(
        _ database: TestDatabase,
        _ body: @escaping @Sendable (any TestClientProtocol, PublishedRepository) async throws -> Void
    ) async throws {
        try await PublishedRepository.with(database) { client, repository in
            for package in Self.packages {
                try await repository.set(package.name, package.name, title: package.title, installs: package.installs)
            }
            try await repository.publish()
            try await repository.set("wp-plugin/seo-unpublished", "1", title: "SEO", installs: 1)
            try await body(client, repository)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the package of that name comes first, then those that begin so, then the most installed`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPackages(database) { client, _ in
            let seo = ["seo", "seo-light", "wordpress-seo", "rank-math"].map { "wp-plugin/\($0)" }
            for (query, names) in [
                ("q=seo", [seo[0], seo[1], "wp-theme/seo-theme", seo[2], seo[3]]), ("q=SEO&type=wordpress-plugin", seo),
                ("q=seo&type=wordpress-theme", ["wp-theme/seo-theme"]), ("q=seo&type=library", []),
                ("q=wp-plugin/seo", seo), ("q=wp-theme/", ["wp-theme/seo-theme"]), ("q=yoast+seo", [seo[2]]),
                ("q=yoast%20rank", []), ("q=%25", [seo[3]]), ("q=_", [seo[3]]), ("q=%5C", []),
                ("q=akis&x=1", ["wp-plugin/akismet"]),
                ("q='%3B+DROP", []), ("type=wordpress-theme", ["wp-theme/seo-theme"]),
                ("q=th%C3%A9me", ["wp-theme/seo-theme"]),
            ] as [(String, [String])] {
                let answer = try await self.search(client, query)
                #expect(answer.results.map(\.name) == names, "\(query)")
                #expect(answer.total == names.count, "\(query)")
                #expect(answer.next == nil)
            }
            let first = try #require(try await self.search(client, "q=akismet").results.first)
            #expect(first.description == "Akismet Anti-spam")
            #expect(first.url == "/packages/wp-plugin/akismet")
            #expect(first.repository == "https://plugins.svn.wordpress.org/akismet/")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `results come in pages`(_ database: TestDatabase) async throws {
        try await self.withPackages(database) { client, repository in
            try await repository.store.addDownloads(["wp-plugin/seo": 3, "wp-plugin/unknown": 1])
            var names: [String] = []
            var query: String? = "q=seo&per_page=2"
            while let page = query {
                let answer = try await self.search(client, page)
                names += answer.results.map(\.name)
                #expect(answer.total == 5)
                #expect(
                    answer.results.map(\.downloads).reduce(0, +)
                        == (answer.results.contains { $0.name == "wp-plugin/seo" } ? 3 : 0)
                )
                query = answer.next.map { String($0.drop { $0 != "?" }.dropFirst()) }
            }
            #expect(names.count == 5)
            #expect(Set(names).count == 5)
            let beyond = try await self.search(client, "q=seo&page=99")
            #expect(beyond.results.isEmpty && beyond.total == 5)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a search that asks for nothing, or for too much, is told so`(_ database: TestDatabase) async throws {
        try await self.withPackages(database) { client, _ in
            for (query, word) in [
                ("", "Missing search query"), ("q=", "Missing search query"), ("q=a&page=0", "'page'"),
                ("q=a&per_page=101", "'per_page'"), ("q=a&per_page=x", "'per_page'"), ("q=a%00b", "'q'"),
                ("q=\(String(repeating: "a", count: 201))", "'q'"), ("q=a+b+c+d+e+f+g+h+i+j+k", "'q'"),
            ] {
                try await client.execute(uri: "/search.json?\(query)", method: .get) { response in
                    #expect(response.status == .badRequest, "\(query)")
                    #expect(String(buffer: response.body).contains(word), "\(query)")
                }
            }
        }
    }
}
