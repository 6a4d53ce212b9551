import Composer
import Testing

@testable import ComposerRepository

/// What a root of ours can say of the advisories in an upstream's documents.
@Suite struct RootPolicyTests {
    private static let feed = #""metadata-url":"/p2/%package%.json","metadata-changes-url":"/changes.json""#
    private static let advisories = #""security-advisories":{"metadata":true,"api-url":"/api/"}"#

    private func policies(_ members: String...) throws -> RootPolicies? {
        let text = "{\(members.joined(separator: ","))}"
        return try RepositoryRoot(parsing: Array(text.utf8), from: RepositoryURL("https://acme.example")).policies
    }

    @Test func `advisories beside a feed are passed on with their API, whose address is absolute`() throws {
        let url = "https://acme.example/api/"
        #expect(try self.policies(Self.feed, Self.advisories) == RootPolicies(advisoriesURL: url))
    }

    @Test(
        arguments: [
            // What documents say may be partial, and would end every audit without an API.
            [Self.feed, #""security-advisories":{"metadata":true}"#], [Self.feed],
            [Self.feed, #""security-advisories":{"metadata":false,"api-url":"/api/"}"#],
            // Nothing tells when an advisory comes or goes.
            [#""metadata-url":"/p2/%package%.json","available-packages":["a/b"]"#, Self.advisories],
            [#""packages":[]"#, Self.advisories],
        ]
    )
    func `without an API or a feed nothing is passed on`(_ members: [String]) throws {
        #expect(try self.policies(members.joined(separator: ",")) == nil)
    }
}
