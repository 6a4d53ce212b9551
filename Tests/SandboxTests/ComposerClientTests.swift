import Foundation
import Sandbox
import Testing

/// The real Composer against each shape.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/composer"), "needs Debian's composer"))
struct ComposerClientTests {
    /// Runs `composer update` in an empty project and returns how it ended, and the installed versions by name.
    static func update(
        _ url: String,
        requires: [String: String],
        authentication: [String: [String: [String: String]]] = [:]
    ) async throws -> (status: Int32, output: String, installed: [String: String]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "composer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let project: [String: any Sendable] = [
            "repositories": ["sandbox": ["type": "composer", "url": url] as any Sendable, "packagist.org": false],
            "require": requires,
            "config": ["secure-http": false],
        ]
        try JSONSerialization.data(withJSONObject: project).write(to: folder.appending(path: "composer.json"))
        try JSONEncoder().encode(authentication).write(to: folder.appending(path: "auth.json"))
        let composer = Process()
        composer.executableURL = URL(filePath: "/usr/bin/composer")
        composer.arguments = ["update", "--no-interaction", "--no-progress", "--no-ansi"]
        composer.currentDirectoryURL = folder
        composer.environment = ProcessInfo.processInfo.environment.merging([
            "COMPOSER_HOME": folder.appending(path: "home").path, "COMPOSER_ALLOW_SUPERUSER": "1",
        ]) { $1 }
        let pipe = Pipe()
        composer.standardOutput = pipe
        composer.standardError = pipe
        try composer.run()
        let output = await Task.detached {
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }.value
        composer.waitUntilExit()
        struct Installed: Decodable {
            struct Package: Decodable {
                var name: String
                var version: String
            }
            var packages: [Package]
        }
        let file = folder.appending(path: "vendor/composer/installed.json")
        let installed = try (try? Data(contentsOf: file)).map { try JSONDecoder().decode(Installed.self, from: $0) }
        let versions = Dictionary((installed?.packages ?? []).map { ($0.name, $0.version) }) { $1 }
        return (composer.terminationStatus, output, versions)
    }

    @Test(arguments: ComposerShape.allCases.filter { $0 != .captures })
    func `Composer resolves and installs from each shape, branches too`(shape: ComposerShape) async throws {
        let world = ComposerWorld(packages: 20)
        let mount = try ComposerMount("shop", shape, world)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, _ in
            let stable = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            let branch = try #require(world.names.first { !stable.contains($0) })
            try world.publish([stable[stable.startIndex]])
            let requires = Dictionary(stable.map { ($0, "*") } + [(branch, "dev-main")]) { $1 }
            let result = try await Self.update("http://127.0.0.1:\(client.port)/shop", requires: requires)
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
            let refused = try await Self.update("http://\(host)/private", requires: [name: "*"])
            #expect(refused.status != 0)
            let result = try await Self.update(
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
