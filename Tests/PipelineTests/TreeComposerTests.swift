import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The real Composer against the v1 tree, which is all that there is at its address.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/composer"), "needs Debian's composer"))
struct TreeComposerTests {
    /// Runs `composer update` in an empty project.
    ///
    /// - Returns: What it printed, and the installed versions by name; nil where it failed.
    private func update(_ url: String, requires: [String: String]) async throws -> (String, [String: String]?) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "composer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let project: [String: any Sendable] = [
            "repositories": ["tree": ["type": "composer", "url": url] as any Sendable, "packagist.org": false],
            "require": requires, "config": ["secure-http": false],
        ]
        try JSONSerialization.data(withJSONObject: project).write(to: folder.appending(path: "composer.json"))
        let composer = Process()
        composer.executableURL = URL(filePath: "/usr/bin/composer")
        composer.arguments = ["update", "--no-interaction", "--no-progress", "--no-ansi"]
        composer.currentDirectoryURL = folder
        composer.environment = ProcessInfo.processInfo.environment.merging([
            "COMPOSER_HOME": folder.appending(path: "home").path, "COMPOSER_ALLOW_SUPERUSER": "1",
        ]) { $1 }
        let output = try await composer.output(withErrors: true)
        guard composer.terminationStatus == 0 else { return (output, nil) }
        struct Installed: Decodable {
            struct Package: Decodable {
                var name: String
                var version: String
            }
            var packages: [Package]
        }
        let file = try Data(contentsOf: folder.appending(path: "vendor/composer/installed.json"))
        let packages = try JSONDecoder().decode(Installed.self, from: file).packages
        return (output, Dictionary(packages.map { ($0.name, $0.version) }) { $1 })
    }

    @Test func `P13: Composer resolves and installs from the tree, branches too, and after changes`() async throws {
        try await ProviderTreeTests.with(.sqlite, packages: 20) { pipeline, world in
            try await pipeline.round()
            let stable = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            let branch = try #require(world.names.first { !stable.contains($0) })
            let requires = Dictionary(stable.map { ($0, "*") } + [(branch, "dev-main")]) { $1 }
            try await RunningSite.with(pipeline.store) { port in
                for _ in 1...2 {
                    let (output, installed) = try await self.update("http://127.0.0.1:\(port)/v1", requires: requires)
                    #expect(installed != nil, "\(output)")
                    for name in stable { #expect(installed?[name] == world.newestVersion(name)) }
                    #expect(installed?[branch] == "dev-main")
                    try world.publish(Array(stable))
                    try await pipeline.round()
                }
            }
        }
    }
}
