import TestSupport
import Testing
import Upstream

@testable import ComposerRepository

@Suite struct CredentialTests {
    private static let logins: [RepositoryAuthentication] = [
        .basic(user: "u", password: "p"), .bearer("token"), .header(name: "Private-Token", value: "glpat"),
    ]

    @Test(arguments: logins)
    func `credentials go to the scheme, host and port of the repository, and to none that begins alike`(
        _ authentication: RepositoryAuthentication
    ) async throws {
        var settings = RepositorySettings(name: "acme", url: "https://composer.example/files")
        settings.authentication = authentication
        let source = try RepositorySource(settings)
        try await TestUpstream.with(script: { _ in .hangUp }) { connection in
            let files = RepositoryFiles(source, connection.client)
            func isTrusted(_ url: String) -> Bool {
                let request = files.request(url, [])
                // What gets none is judged before it is connected to.
                #expect((request.namedBy == nil) == !request.headers.isEmpty, "\(url)")
                return !request.headers.isEmpty
            }
            #expect(isTrusted(source.url.root) && isTrusted("https://composer.example/elsewhere/p2/a/b.json"))
            for other in [
                "https://composer.example.org/p2/a/b.json", "https://composer.example:8443/p2/a/b.json",
                "http://composer.example/p2/a/b.json", "https://www.composer.example/p2/a/b.json",
                "https://composer.example@evil.example/p2/a/b.json",
            ] {
                #expect(!isTrusted(other), "\(other)")
            }
        }
    }
}
