import Foundation
import Sandbox
import TestSupport
import Testing

/// The real Composer against each shape.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
struct ComposerClientTests {
    @Test(arguments: ComposerShape.allCases.filter { $0 != .captures })
    func `Composer resolves and installs from each shape, branches too`(shape: ComposerShape) async throws {
        let world = ComposerWorld(packages: 20)
        let mount = try ComposerMount("shop", shape, world)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let stable = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            let branch = try #require(world.names.first { !stable.contains($0) })
            try world.publish([stable[stable.startIndex]])
            let requires = Dictionary(stable.map { ($0, "*") } + [(branch, "dev-main")]) { $1 }
            let result = try await ComposerProject.update("http://127.0.0.1:\(client.port)/shop", requires: requires)
            #expect(result.status == 0, "\(result.output)")
            for name in stable { #expect(result.installed[name] == world.newestVersion(name)) }
            #expect(result.installed[branch] == "dev-main")
            #expect(mount.requests.count(.composerArchive) == result.installed.count)
        }
    }

    @Test func `Composer gives its credentials to a private repository and not to where it is sent`() async throws {
        let world = ComposerWorld(packages: 20)
        let basic = ComposerMount.Authentication.basic(user: "u", password: "p")
        let mount = try ComposerMount("private", .satis, world, authentication: basic, redirects: true)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let name = try #require(world.names.last { world.newestVersion($0) != nil })
            let host = "127.0.0.1:\(client.port)"
            let refused = try await ComposerProject.update("http://\(host)/private", requires: [name: "*"])
            #expect(refused.status != 0)
            let result = try await ComposerProject.update(
                "http://\(host)/private",
                requires: [name: "*"],
                authentication: ["http-basic": [host: ["username": "u", "password": "p"]]]
            )
            #expect(result.status == 0, "\(result.output)")
            #expect(result.installed[name] == world.newestVersion(name))
            #expect(mount.requests.unauthorized > 0 && mount.requests.credentialsElsewhere == 0)
        }
    }
}
