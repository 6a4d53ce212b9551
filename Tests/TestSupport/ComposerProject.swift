package import Foundation

/// A project in a folder of its own, on which the real Composer runs: packagist.org is off.
package struct ComposerProject: Sendable {
    package struct Outcome: Sendable {
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

    private static let composer = "/usr/bin/composer"

    package static var isThere: Bool { FileManager.default.isExecutableFile(atPath: Self.composer) }

    private let folder: URL

    package var lock: URL { self.folder.appending(path: "composer.lock") }

    /// Makes a project that is nothing but a `composer.json`, and removes it after `body`.
    package static func with<Result>(
        _ url: String,
        requires: [String: String],
        others: [String] = [],
        _ body: (ComposerProject) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "composer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let project = ComposerProject(folder: folder)
        try project.point(to: url, requires: requires, others: others)
        return try await body(project)
    }

    /// Runs `composer update` in a project that goes afterwards.
    ///
    /// - Parameters:
    ///   - flags: More of its flags.
    ///   - others: Repositories that are asked for what the first one does not know.
    ///   - authentication: As `auth.json` has it.
    package static func update(
        _ url: String,
        requires: [String: String],
        flags: [String] = [],
        others: [String] = [],
        authentication: [String: [String: [String: String]]] = [:]
    ) async throws -> Outcome {
        try await Self.with(url, requires: requires, others: others) { project in
            try JSONEncoder().encode(authentication).write(to: project.folder.appending(path: "auth.json"))
            return try await project.run("update", flags)
        }
    }

    /// Writes its `composer.json`.
    ///
    /// - Parameters:
    ///   - url: Of its first repository.
    ///   - others: Of those that come after it.
    ///   - provides: What is required and none of them has, with a version of it.
    package func point(
        to url: String,
        requires: [String: String],
        others: [String] = [],
        provides: [String: String] = [:]
    ) throws {
        let repositories = ([url] + others).map { ["type": "composer", "url": $0] as [String: any Sendable] }
        let project: [String: any Sendable] = [
            "repositories": repositories + [["packagist.org": false]],
            "require": requires,
            "provide": provides,
            "config": ["secure-http": false, "allow-plugins": false],
        ]
        try JSONSerialization.data(withJSONObject: project).write(to: self.folder.appending(path: "composer.json"))
    }

    /// Runs Composer with nothing installed and nothing in its cache.
    package func run(_ command: String, _ flags: [String] = []) async throws -> Outcome {
        let home = self.folder.appending(path: "home")
        let vendor = self.folder.appending(path: "vendor")
        for folder in [home, vendor] { try? FileManager.default.removeItem(at: folder) }
        var composer = ChildProcess(
            [Self.composer, command, "--no-interaction", "--no-ansi"]
                + (command == "audit" ? [] : ["--no-progress"]) + flags
        )
        composer.folder = self.folder.path
        composer.errors = .inOutput
        composer.environment = ProcessInfo.processInfo.environment.merging([
            "COMPOSER_HOME": home.path, "COMPOSER_ALLOW_SUPERUSER": "1",
        ]) { $1 }
        let end = try await composer.run()
        return Outcome(
            status: end.status,
            output: end.text,
            installed: try Self.versions(vendor.appending(path: "composer/installed.json")),
            locked: try Self.versions(self.lock)
        )
    }

    private static func versions(_ file: URL) throws -> [String: String] {
        guard let data = try? Data(contentsOf: file) else { return [:] }
        let packages = try JSONDecoder().decode(Packages.self, from: data).packages
        return Dictionary(packages.map { ($0.name, $0.version) }) { $1 }
    }
}
