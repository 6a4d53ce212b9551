import Command
import Composer
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport

/// A repository of files that a test writes: its mount is `acme`.
struct WrittenRepository {
    let folder: URL
    let mount: ComposerMount

    static func with(
        _ database: TestDatabase = .sqlite,
        _ body: (Pipeline, WrittenRepository) async throws -> Void
    ) async throws {
        try await CaptureFolder.with { folder in
            let written = WrittenRepository(folder: folder, mount: try ComposerMount("acme", captures: folder.path))
            try await Pipeline.with(database, world: .builtIn, composer: [written.mount]) { pipeline, address in
                var pipeline = pipeline
                let settings = RepositorySettings(name: "acme", url: address.composer("acme"))
                pipeline.settings.stages.sources = [try RepositorySource(settings)]
                try await body(pipeline, written)
            }
        }
    }

    func write(_ path: String, _ text: String) throws {
        let file = self.folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: file)
    }

    /// - Parameter path: What stands before the hash in the file's name.
    /// - Returns: The hash.
    func writeHashed(_ path: String, _ text: String) throws -> String {
        let hash = ContentHash(of: Array(text.utf8)).hexadecimal
        try self.write("\(path)$\(hash).json", text)
        return hash
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(at: self.folder.appending(path: path)) }

    static func version(_ version: String, of name: String, extra: String = "") -> String {
        """
        {"name":"\(name)","version":"\(version)","version_normalized":"\(version).0","uid":1,\
        "extra":{"x":"\(extra)"},"dist":{"type":"zip","url":"https://acme.example/\(name)-\(version).zip"}}
        """
    }

    /// Both documents of a package with one version.
    func writeDocuments(of name: String, _ version: String = "1.0.0", extra: String = "") throws {
        let version = Self.version(version, of: name, extra: extra)
        try self.write("p2/\(name).json", #"{"packages":{"\#(name)":[\#(version)]}}"#)
        try self.write("p2/\(name)~dev.json", #"{"packages":{"\#(name)":[]}}"#)
    }
}
