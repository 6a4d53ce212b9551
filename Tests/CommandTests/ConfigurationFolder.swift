import ComposerRepository
import Facts
import Foundation
import Pipeline
import Testing
import Upstream

@testable import Command

/// A folder with a configuration file, and what it names.
final class ConfigurationFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path

    init(_ files: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
        for (name, content) in files { try self.write(content, name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    var file: String { self.path + "/packline.yaml" }

    func write(_ content: String, _ name: String = "packline.yaml") throws {
        try content.write(toFile: "\(self.path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// `DIR` in the file stands for the folder.
    private func environment(_ yaml: String, _ environment: [String: String]) throws -> [String: String] {
        try self.write(yaml.replacing("DIR", with: self.path))
        return environment.mapValues { $0.replacing("DIR", with: self.path) }
            .merging(["PACKLINE_CONFIG": self.file]) { $1 }
    }

    func settings(_ yaml: String, _ environment: [String: String] = [:], isServing: Bool = false) throws -> Settings {
        try Settings(environment: self.environment(yaml, environment), isServing: isServing)
    }

    /// The problems, with the path of the file cut down to its name.
    func problems(_ yaml: String, _ environment: [String: String] = [:], isServing: Bool = false) throws -> [String] {
        let environment = try self.environment(yaml, environment)
        do {
            _ = try Settings(environment: environment, isServing: isServing)
            return []
        } catch let error as InvalidSettings {
            return error.problems.map { $0.replacing(self.path + "/", with: "") }
        }
    }

    /// What the section of each Composer source comes to; nothing may be wrong with it.
    func repositories(_ yaml: String, _ environment: [String: String] = [:]) throws -> [RepositorySettings] {
        var reader = SettingsReader(environment: try self.environment(yaml, environment))
        let list = reader.list("PACKLINE_SOURCES") ?? reader.file?.sources?.map(\.key) ?? []
        let names = list.map { SourceName($0) }.filter { ComposerRepositories.owns($0) }
        let repositories = ComposerRepositories.repositories(names, &reader)
        #expect(reader.problems == [])
        return repositories
    }
}
