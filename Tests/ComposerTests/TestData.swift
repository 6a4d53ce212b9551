import Foundation

/// The captured upstream data that lies beside the checkout.
enum TestData {
    struct Missing: Error, CustomStringConvertible { var description: String }

    /// `PACKLINE_TEST_DATA`, else `shared/data` in the folder that holds the project.
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] { return URL(fileURLWithPath: path) }
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return project.deletingLastPathComponent().appendingPathComponent("shared/data")
    }()

    static func url(_ name: String) throws -> URL {
        let url = self.folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw Missing(
                description: "test data is missing: \(url.path); set PACKLINE_TEST_DATA to the folder that holds it"
            )
        }
        return url
    }

    static func text(_ name: String) throws -> String { try String(contentsOf: self.url(name), encoding: .utf8) }

    /// The files of a folder, ordered by name.
    static func files(in name: String) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: self.url(name), includingPropertiesForKeys: nil)
        guard !files.isEmpty else { throw Missing(description: "the test data folder '\(name)' is empty") }
        return files.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// The lines of a gzip-compressed file.
    static func lines(gzipped name: String) throws -> [Data] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", try self.url(name).path]
        process.standardOutput = pipe
        try process.run()
        let content = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing(description: "gzip can't read '\(name)'") }
        return content.split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }
}
