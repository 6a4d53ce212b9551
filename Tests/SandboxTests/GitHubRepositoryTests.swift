import Sandbox
import TestSupport
import Testing

/// What becomes of repositories on GitHub.
@Suite struct GitHubRepositoryTests {
    @Test func `a private repository is not there for who has no token`() async throws {
        try await GitHubShop.with { shop in
            shop.sandbox.gitHub.setPrivate(shop.name)
            for path in [shop.api, shop.codeload] {
                #expect(try await FaultTests.outcome(shop.client, path) == .status(404))
            }
            let led = try await shop.client.get(shop.api, headers: GitHubShop.token)
            let target = try #require(led.header("Location"))
            #expect(target.hasPrefix("\(shop.elsewhere)\(shop.codeload)?token="))
            let archive = try await shop.client.get(String(target.dropFirst(shop.elsewhere.count)))
            #expect(archive.status == 200 && shop.sandbox.gitHub.requests.credentialsAtCodeload == 0)
        }
    }

    @Test func `a renamed repository is found by the API under its old names, with another folder inside`()
        async throws
    {
        try await GitHubShop.with { shop in
            let first = try await shop.client.get(shop.codeload)
            shop.sandbox.gitHub.rename(shop.name, to: "acme/middle")
            shop.sandbox.gitHub.rename(shop.name, to: "acme/newest")
            #expect(try await FaultTests.outcome(shop.client, shop.codeload) == .status(404))
            for path in [shop.api, "/github/repos/acme/middle/zipball/\(shop.reference)"] {
                let moved = try await shop.client.get(path)
                #expect(moved.status == 301)
                let byNumber = try #require(moved.header("Location"))
                #expect(byNumber == "\(shop.base)/github/repositories/1000000/zipball/\(shop.reference)")
                let led = try await shop.client.get(String(byNumber.dropFirst(shop.base.count)))
                let target = try #require(led.header("Location"))
                #expect(led.status == 302)
                #expect(target == "\(shop.elsewhere)/codeload/acme/newest/legacy.zip/\(shop.reference)")
                let archive = try await shop.client.get(String(target.dropFirst(shop.elsewhere.count)))
                #expect(archive.body != first.body)
                #expect(
                    try DownloadTests.entries(archive.body).keys.contains {
                        $0.hasPrefix("acme-newest-\(shop.reference.prefix(7))/")
                    }
                )
            }
            shop.sandbox.gitHub.setDeleted(shop.name)
            #expect(try await FaultTests.outcome(shop.client, shop.api) == .status(404))
        }
    }

    @Test(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
    func `Composer installs from it, renamed or not`() async throws {
        let world = ComposerWorld(packages: 20)
        let mount = try ComposerMount("shop", .packagist, world, isOnGitHub: true)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, sandbox in
            let names = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            sandbox.gitHub.rename(try #require(names.first), to: "acme/renamed")
            let result = try await ComposerProject.update(
                "http://127.0.0.1:\(client.port)/shop",
                requires: Dictionary(names.map { ($0, "*") }) { $1 }
            )
            #expect(result.status == 0, "\(result.output)")
            for name in names { #expect(result.installed[name] == world.newestVersion(name)) }
        }
    }
}
