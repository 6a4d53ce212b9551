import Foundation

/// A folder of data for tests: the project's own, or what was recorded of WordPress.org.
///
/// Both are laid out alike; `Tests/Data/README.md` tells what is in them and where it is from.
struct TestData {
    struct Missing: Error, CustomStringConvertible { var description: String }

    var folder: URL

    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// `Tests/Data`.
    static let made = TestData(folder: Self.tests.appendingPathComponent("Data"))

    /// `PACKLINE_TEST_DATA`, else `shared/data` in the folder that holds the project.
    static let recorded: TestData = {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] {
            return TestData(folder: URL(fileURLWithPath: path))
        }
        let outside = Self.tests.deletingLastPathComponent().deletingLastPathComponent()
        return TestData(folder: outside.appendingPathComponent("shared/data"))
    }()

    /// Whether there is such a folder; one that was named and is not there is an error of the tests that read it.
    static let recordedIsThere =
        ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] != nil
        || FileManager.default.fileExists(atPath: Self.recorded.folder.path)

    func url(_ name: String) throws -> URL {
        let url = self.folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw Missing(description: "test data is missing: \(url.path)")
        }
        return url
    }

    func text(_ name: String) throws -> String { try String(contentsOf: self.url(name), encoding: .utf8) }

    /// The files of a folder, ordered by name.
    func files(in name: String) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: self.url(name), includingPropertiesForKeys: nil)
        guard !files.isEmpty else { throw Missing(description: "the test data folder '\(name)' is empty") }
        return files.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// The first column of a table without its heading: texts in JSON's spelling.
    func strings(_ name: String) throws -> [String] {
        try self.text(name).split(separator: "\n").dropFirst().map { line in
            try JSONDecoder().decode(String.self, from: Data(line.prefix { $0 != "\t" }.utf8))
        }
    }

    /// The lines of a gzip-compressed file.
    func lines(gzipped name: String) throws -> [Data] {
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
