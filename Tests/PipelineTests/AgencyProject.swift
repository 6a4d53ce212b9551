import Foundation
import TestSupport

/// A project of an agency, on which the real Composer runs: packagist.org is off.
struct AgencyProject {
    let folder: URL

    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/composer") }

    /// Makes a folder with a `composer.json`, and removes it after `body`.
    static func with(
        _ url: String,
        requires: [String: String],
        _ body: (AgencyProject) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "agency-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let project = AgencyProject(folder: folder)
        try project.point(to: url, requires: requires)
        try await body(project)
    }

    var lock: URL { self.folder.appending(path: "composer.lock") }

    func point(to url: String, requires: [String: String]) throws {
        let project: [String: any Sendable] = [
            "repositories": ["agency": ["type": "composer", "url": url] as any Sendable, "packagist.org": false],
            "require": requires,
            "config": ["secure-http": false],
        ]
        try JSONSerialization.data(withJSONObject: project)
            .write(to: self.folder.appending(path: "composer.json"))
    }

    /// Runs Composer with a cache of its own each time.
    ///
    /// - Returns: How it ended, and the installed versions by name.
    func run(_ command: String...) async throws -> (status: Int32, output: String, installed: [String: String]) {
        let home = self.folder.appending(path: "home")
        let installedFolder = self.folder.appending(path: "vendor")
        for folder in [home, installedFolder] { try? FileManager.default.removeItem(at: folder) }
        let composer = Process()
        composer.executableURL = URL(filePath: "/usr/bin/composer")
        composer.arguments = command + ["--no-interaction", "--no-progress", "--no-ansi"]
        composer.currentDirectoryURL = self.folder
        composer.environment = ProcessInfo.processInfo.environment.merging([
            "COMPOSER_HOME": home.path, "COMPOSER_ALLOW_SUPERUSER": "1",
        ]) { $1 }
        let output = try await composer.output(withErrors: true)
        struct Installed: Decodable {
            struct Package: Decodable {
                var name: String
                var version: String
            }
            var packages: [Package]
        }
        let file = installedFolder.appending(path: "composer/installed.json")
        let installed = try (try? Data(contentsOf: file)).map { try JSONDecoder().decode(Installed.self, from: $0) }
        let versions = Dictionary((installed?.packages ?? []).map { ($0.name, $0.version) }) { $1 }
        return (composer.terminationStatus, output, versions)
    }
}
