import Foundation

/// Runs the real Composer in a project of its own, which is empty at first and goes afterwards.
package enum ComposerProject {
    package struct Outcome {
        package var status: Int32
        package var output: String
        /// Versions by name.
        package var installed: [String: String]
        package var locked: [String: String]
    }

    private struct Packages: Decodable {
        struct Package: Decodable {
            var name: String
            var version: String
        }
        var packages: [Package]
    }

    package static var isThere: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/composer") }

    /// - Parameters:
    ///   - path: A folder with a package that is no part of the repository.
    ///   - flags: More of `composer update`'s.
    ///   - authentication: As `auth.json` has it.
    package static func update(
        _ url: String,
        requires: [String: String],
        path: String? = nil,
        flags: [String] = [],
        authentication: [String: [String: [String: String]]] = [:]
    ) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "composer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var repositories: [any Sendable] = [["type": "composer", "url": url], ["packagist.org": false]]
        if let path { repositories.insert(["type": "path", "url": path], at: 0) }
        let project: [String: any Sendable] = [
            "repositories": repositories, "require": requires,
            "config": ["secure-http": false, "allow-plugins": false],
        ]
        try JSONSerialization.data(withJSONObject: project).write(to: folder.appending(path: "composer.json"))
        try JSONEncoder().encode(authentication).write(to: folder.appending(path: "auth.json"))
        let composer = Process()
        composer.executableURL = URL(filePath: "/usr/bin/composer")
        composer.arguments = ["update", "--no-interaction", "--no-progress", "--no-ansi"] + flags
        composer.currentDirectoryURL = folder
        composer.environment = ProcessInfo.processInfo.environment.merging([
            "COMPOSER_HOME": folder.appending(path: "home").path, "COMPOSER_ALLOW_SUPERUSER": "1",
        ]) { $1 }
        let output = try await composer.output(withErrors: true)
        return Outcome(
            status: composer.terminationStatus,
            output: output,
            installed: try Self.versions(folder.appending(path: "vendor/composer/installed.json")),
            locked: try Self.versions(folder.appending(path: "composer.lock"))
        )
    }

    private static func versions(_ file: URL) throws -> [String: String] {
        guard let data = try? Data(contentsOf: file) else { return [:] }
        let packages = try JSONDecoder().decode(Packages.self, from: data).packages
        return Dictionary(packages.map { ($0.name, $0.version) }) { $1 }
    }
}
