import Foundation
import Sandbox
import Testing

@Suite struct ComposerAccessTests {
    static let agent = ["User-Agent": "Packline/1 (mailto=someone@example.org)"]

    @Test func `etiquette refuses who names no contact, and who asks more than ten times at once`() async throws {
        try await withPackagist(enforcesEtiquette: true) { client, sandbox, mount in
            let anonymous = try await client.get("/packagist/packages.json")
            #expect(anonymous.status == 403)
            let path = "/packagist/p2/\(mount.world.names[0]).json"
            sandbox.fail(SandboxFault(.lateAnswer(milliseconds: 3_600_000), route: .composerDocument))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await client.get(path, headers: Self.agent).status } }
                while sandbox.statistics.count(.composerDocument) < 10 { await Task.yield() }
                let refused = try await client.get(path, headers: Self.agent)
                #expect(refused.status == 429 && refused.header("Retry-After") == "1")
                sandbox.clearFaults()
                for try await status in group { #expect(status == 200) }
            }
            #expect(mount.requests.refused == 2 && mount.requests.mostAtOnce == 11)
            mount.resetRequests()
            #expect(mount.requests.total == 0)
        }
    }

    @Test(arguments: [
        (ComposerMount.Authentication.basic(user: "u", password: "p:w"), "Authorization", "Basic dTpwOnc="),
        (.bearer(token: "abc"), "Authorization", "Bearer abc"),
        (.header(name: "Private-Token", value: "abc"), "Private-Token", "abc"),
    ])
    func `a private repository answers nothing without its credentials`(
        authentication: ComposerMount.Authentication,
        name: String,
        value: String
    ) async throws {
        let mount = try ComposerMount("private", .satis, ComposerWorld(packages: 3), authentication: authentication)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            for path in ["packages.json", "p2/\(mount.world.names[0]).json", "dist/x.zip"] {
                let refused = try await client.get("/private/\(path)")
                #expect(refused.status == 401)
            }
            let wrong = try await client.get("/private/packages.json", headers: [name: value + "x"])
            #expect(wrong.status == 401 && mount.requests.unauthorized == 4)
            let right = try await client.get("/private/packages.json", headers: [name: value])
            #expect(right.status == 200)
        }
    }

    @Test func `documents and archives may be on another host, which counts the credentials that reach it`()
        async throws
    {
        let mount = try ComposerMount(
            "private",
            .satis,
            ComposerWorld(packages: 3),
            authentication: .bearer(token: "abc"),
            redirects: true
        )
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let headers = ["Authorization": "Bearer abc"]
            let path = "p2/\(mount.world.names[0])~dev.json"
            let answer = try await client.get("/private/\(path)", headers: headers)
            #expect(answer.status == 302)
            #expect(answer.header("Location") == "http://localhost:\(client.port)/private/elsewhere/\(path)")
            let document = try await client.get("/private/elsewhere/\(path)")
            #expect(document.status == 200 && mount.requests.credentialsElsewhere == 0)
            _ = try await client.get("/private/elsewhere/\(path)", headers: headers)
            #expect(mount.requests.credentialsElsewhere == 1)
        }
    }

    @Test func `captures are served as they are, with a time and an ETag, and nothing beside their folder`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "captures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "p/a"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("{\"packages\":[]}\n".utf8).write(to: folder.appending(path: "packages.json"))
        try Data("{}".utf8).write(to: folder.appending(path: "p/a/b$0.json"))
        let mount = try ComposerMount("sub", captures: folder.path)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let root = try await client.get("/sub/packages.json")
            #expect(root.text == "{\"packages\":[]}\n")
            let tag = try #require(root.header("ETag"))
            let modified = try #require(root.header("Last-Modified"))
            for headers in [["If-None-Match": tag], ["If-Modified-Since": modified]] {
                let known = try await client.get("/sub/packages.json", headers: headers)
                #expect(known.status == 304)
            }
            let other = try await client.get(
                "/sub/packages.json",
                headers: ["If-None-Match": "\"x\"", "If-Modified-Since": modified]
            )
            #expect(other.status == 200)
            let document = try await client.get("/sub/p/a/b%240.json")
            #expect(document.text == "{}")
            for path in ["/sub/none.json", "/sub/p", "/sub/../packages.json", "/sub/%2e%2e/x"] {
                let missing = try await client.get(path)
                #expect(missing.status == 404, "\(path)")
            }
            #expect(mount.requests.count(.composerProvider) == 1)
        }
    }
}
