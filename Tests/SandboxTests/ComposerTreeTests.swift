import Crypto
import Sandbox
import Testing

@Suite struct ComposerTreeTests {
    static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Everything that a root leads to, each checked against its hash: documents' paths by name, and listings' paths.
    static func walk(_ client: TestClient, _ mount: String) async throws -> (
        documents: [String: String], listings: [String]
    ) {
        var documents: [String: String] = [:]
        var listings: [String] = []
        var open = [try await client.object("/\(mount)/packages.json")]
        #expect(open[0]["providers-url"] as? String == "/\(mount)/p/%package%$%hash%.json")
        while let file = open.popLast() {
            for (name, entry) in file["providers"] as? [String: [String: String]] ?? [:] {
                let hash = try #require(entry["sha256"])
                let path = "/\(mount)/p/\(name)%24\(hash).json"
                let document = try await client.get(path)
                #expect(document.header("Last-Modified") != nil)
                #expect(sha256(document.body) == hash)
                documents[name] = path
            }
            for (template, entry) in file["provider-includes"] as? [String: [String: String]] ?? [:] {
                let hash = try #require(entry["sha256"])
                let path = "/\(mount)/\(template.replacing("%hash%", with: hash))"
                let listing = try await client.get(path)
                #expect(listing.header("Last-Modified") != nil)
                #expect(sha256(listing.body) == hash)
                listings.append(path)
                open.append(try TestClient.object(listing.body))
            }
        }
        return (documents, listings)
    }

    @Test func `every hash is true, one listing is named by another, and a change gives new ones on its path only`()
        async throws
    {
        let mount = try ComposerMount("v1", .providers, ComposerWorld(packages: 20))
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let before = try await Self.walk(client, "v1")
            #expect(before.documents.keys.sorted() == mount.world.names && before.listings.count == 4)
            let name = mount.world.names[0]
            try mount.world.publish([name], .dev)
            let after = try await Self.walk(client, "v1")
            #expect(after.documents.filter { before.documents[$0.key] != $0.value }.map(\.key) == [name])
            #expect((1...2).contains(Set(after.listings).subtracting(before.listings).count))
            let old = try await client.get(try #require(before.documents[name]))
            #expect(old.status == 404)
        }
    }

    @Test func `a file under a wrong hash is a fault away`() async throws {
        let mount = try ComposerMount("v1", .providers, ComposerWorld(packages: 20))
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, sandbox in
            let path = try #require(try await Self.walk(client, "v1").documents.values.first)
            let right = try await client.get(path)
            sandbox.fail(SandboxFault(.rewritten(original: "MIT", text: "BSD"), route: .composerProvider, times: 1))
            let wrong = try await client.get(path)
            #expect(wrong.status == 200 && wrong.body != right.body)
        }
    }

    @Test func `files of the past may stay for a while, by the world's clock`() async throws {
        let mount = try ComposerMount("v1", .providers, ComposerWorld(packages: 20), keepsOldFilesSeconds: 600)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let before = try await Self.walk(client, "v1")
            let name = mount.world.names[0]
            try mount.world.publish([name])
            _ = try await Self.walk(client, "v1")
            let paths = before.listings + [try #require(before.documents[name])]
            for path in paths {
                let kept = try await client.get(path)
                #expect(kept.status == 200, "\(path)")
            }
            mount.world.advance(seconds: 601)
            let gone = try await client.get(try #require(before.documents[name]))
            #expect(gone.status == 404)
        }
    }

    @Test func `GitLab shows Composer 2 documents in maps without normalised versions, and anyone else a tree`()
        async throws
    {
        let mount = try ComposerMount("gitlab", .gitlab, ComposerWorld(packages: 20))
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let root = try await client.object(
                "/gitlab/packages.json",
                headers: ["User-Agent": "Composer/2.5.5 (Linux)"]
            )
            #expect(root.keys.sorted() == ["metadata-url", "packages"])
            let other = try await Self.walk(client, "gitlab")
            #expect(other.documents.count == 20)
            let name = mount.world.names[0]
            let document = try await client.object("/gitlab/p2/\(name).json")
            let versions = try #require((document["packages"] as? [String: [String: [String: any Sendable]]])?[name])
            #expect(versions["dev-main"] != nil && versions.values.allSatisfy { $0["version_normalized"] == nil })
        }
    }

    @Test(arguments: [ComposerShape.includes, .inventedIncludes])
    func `an included file is named anew with each change, truly or not, and the old one is gone`(
        _ shape: ComposerShape
    )
        async throws
    {
        let mount = try ComposerMount("satis", shape, ComposerWorld(packages: 20))
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            func include() async throws -> (path: String, hash: String) {
                let root = try await client.object("/satis/packages.json")
                let includes = try #require(root["includes"] as? [String: [String: String]])
                let (path, entry) = try #require(includes.first)
                return ("/satis/\(path)", try #require(entry["sha1"]))
            }
            let first = try await include()
            let file = try await client.get(first.path)
            let digest = Insecure.SHA1.hash(data: file.body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            #expect((digest.joined() == first.hash) == (shape == .includes))
            let packages = try TestClient.object(file.body)["packages"] as? [String: any Sendable]
            #expect(packages?.count == 20)
            mount.world.publish(count: 1)
            let second = try await include()
            #expect(second.path != first.path)
            let old = try await client.get(first.path)
            #expect(old.status == 404)
        }
    }

    @Test func `what is made of few large files is not made for a whole Packagist`() throws {
        #expect(throws: SandboxError.self) { try ComposerMount("v1", .providers, ComposerWorld(packages: 20_001)) }
        #expect(throws: SandboxError.self) { try ComposerMount("a/b", .packagist, ComposerWorld(packages: 1)) }
    }
}
