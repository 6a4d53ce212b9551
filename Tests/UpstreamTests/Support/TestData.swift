import Foundation

/// A folder of whole answers of the API: the project's own, or what was recorded of WordPress.org.
struct TestData {
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    var folder: URL

    private static var tests: URL {
        var folder = URL(filePath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }

    /// `Tests/Data`, made by hand.
    static var made: TestData { TestData(folder: Self.tests.appending(path: "Data")) }

    /// The folder that `PACKLINE_TEST_DATA` names, else `shared/data` beside the checkout.
    static var recorded: TestData {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] {
            return TestData(folder: URL(filePath: path))
        }
        let outside = Self.tests.deletingLastPathComponent().deletingLastPathComponent()
        return TestData(folder: outside.appending(path: "shared/data"))
    }

    /// Whether there is such a folder; one that was named and is not there is an error of the tests that read it.
    static var recordedIsThere: Bool {
        ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] != nil
            || FileManager.default.fileExists(atPath: Self.recorded.folder.path)
    }

    func bytes(_ path: String) throws -> [UInt8] {
        let file = self.folder.appending(path: path)
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw Missing(description: "no test data at \(file.path)")
        }
        return Array(data)
    }

    /// Names of the JSON files in a folder, without extension.
    func names(in folder: String) throws -> [String] {
        let path = self.folder.appending(path: folder).path
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path), !files.isEmpty else {
            throw Missing(description: "no test data in \(path)")
        }
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }
}
