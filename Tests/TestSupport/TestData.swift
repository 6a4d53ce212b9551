package import Foundation

/// A folder of data for tests: the project's own, or what was recorded of WordPress.org and of Composer repositories.
///
/// Both are laid out alike; `Tests/Data/README.md` tells what is in them and where it is from.
package struct TestData: Sendable {
    package struct Missing: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) { self.description = description }
    }

    package var folder: URL

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// `Tests/Data`, made by hand.
    package static let made = TestData(folder: Self.tests.appending(path: "Data"))

    /// The folder that `PACKLINE_TEST_DATA` names, else `shared/data` beside the checkout.
    package static let recorded: TestData = {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] {
            return TestData(folder: URL(filePath: path))
        }
        let outside = Self.tests.deletingLastPathComponent().deletingLastPathComponent()
        return TestData(folder: outside.appending(path: "shared/data"))
    }()

    /// Whether there is such a folder; one that was named and is not there is an error of the tests that read it.
    package static let recordedIsThere =
        ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] != nil
        || FileManager.default.fileExists(atPath: Self.recorded.folder.path)

    package func url(_ path: String) throws -> URL {
        let url = self.folder.appending(path: path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw Missing(description: "test data is missing: \(url.path)")
        }
        return url
    }

    package func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: self.url(path))) }

    package func text(_ path: String) throws -> String { try String(contentsOf: self.url(path), encoding: .utf8) }

    /// The JSON files of a folder, ordered by name.
    package func files(in path: String) throws -> [URL] {
        let files = try FileManager.default.contentsOfDirectory(at: self.url(path), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
        guard !files.isEmpty else { throw Missing(description: "no JSON files are in the test data '\(path)'") }
        return files.sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// The names of the JSON files of a folder, without extension, and their bytes.
    package func documents(in path: String) throws -> [(name: String, bytes: [UInt8])] {
        try self.files(in: path).map {
            ($0.deletingPathExtension().lastPathComponent, Array(try Data(contentsOf: $0)))
        }
    }

    /// The first column of a table without its heading: texts in JSON's spelling.
    package func strings(_ path: String) throws -> [String] {
        try self.text(path).split(separator: "\n").dropFirst().map { line in
            try JSONDecoder().decode(String.self, from: Data(line.prefix { $0 != "\t" }.utf8))
        }
    }

    /// The lines of a gzip-compressed file.
    package func lines(gzipped path: String) throws -> [Data] {
        let end = try ChildProcess(["gzip", "-dc", try self.url(path).path]).runBlocking()
        guard end.status == 0 else { throw Missing(description: "gzip can't read '\(path)'") }
        return end.output.split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }
}
