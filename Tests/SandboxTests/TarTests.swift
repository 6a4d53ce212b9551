import Foundation
import Sandbox
import TestSupport
import Testing

/// Archives of the sandbox that are tars.
@Suite struct TarTests {
    private static func with(_ body: (TestClient, ComposerWorld) async throws -> Void) async throws {
        let mount = try ComposerMount("acme", .satis, ComposerWorld(packages: 20), hasTars: true)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in try await body(client, mount.world) }
    }

    @Test func `some packages have tars, plain and in gzip, which tar reads, and each has one form alone`() async throws
    {
        try await Self.with { client, world in
            var forms: Set<String> = []
            for name in world.names {
                let text = try await client.get("/acme/p2/\(name).json").text
                guard let url = text.firstMatch(of: /"dist":\{"url":"http:\/\/[^\/]*([^"]*)","type":"([a-z]*)"/) else {
                    continue
                }
                let (path, type) = (String(url.1), String(url.2))
                let form = path.hasSuffix(".tar.gz") ? "tar.gz" : String(path.suffix(3))
                #expect(type == (form == "zip" ? "zip" : "tar"))
                let archive = try await client.get(path)
                #expect(archive.status == 200)
                guard forms.insert(form).inserted else { continue }
                if form != "zip" {
                    let files = try await Self.names(archive.body)
                    #expect(files.count { $0.hasSuffix("/composer.json") } == 1 && files.count == 2)
                }
                let other = path.dropLast(form.utf8.count) + (form == "zip" ? "tar" : "zip")
                #expect(try await client.get(String(other)).status == 404)
            }
            #expect(forms == ["zip", "tar", "tar.gz"])
        }
    }

    private static func names(_ bytes: [UInt8]) async throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString).tar")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let tar = try await ChildProcess(["tar", "-tf", file.path]).run()
        #expect(tar.status == 0)
        return tar.text.split(separator: "\n").map(String.init)
    }

    @Test(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
    func `Composer installs them`() async throws {
        try await Self.with { client, world in
            let names = world.names.filter { world.newestVersion($0) != nil }
            let result = try await ComposerProject.update(
                "http://127.0.0.1:\(client.port)/acme",
                requires: Dictionary(names.map { ($0, "*") }) { $1 }
            )
            #expect(result.status == 0, "\(result.output)")
        }
    }
}
