import Foundation

/// Files of real repositories, in the folder that `PACKLINE_TEST_DATA` names, else in `shared/data` beside the checkout.
enum RecordedData {
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    private static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] { return URL(filePath: path) }
        var checkout = URL(filePath: #filePath)
        for _ in 0..<5 { checkout.deleteLastPathComponent() }
        return checkout.appending(path: "shared/data")
    }

    /// Whether there is such a folder; one that was named and is not there is an error of the tests that read it.
    static var isThere: Bool {
        ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] != nil
            || FileManager.default.fileExists(atPath: Self.folder.path)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        let file = Self.folder.appending(path: path)
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw Missing(description: "no test data at \(file.path)")
        }
        return Array(data)
    }

    /// Names of the JSON files in a folder, with extension.
    static func files(in folder: String) throws -> [String] {
        let path = Self.folder.appending(path: folder).path
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path), !files.isEmpty else {
            throw Missing(description: "no test data in \(path)")
        }
        return files.filter { $0.hasSuffix(".json") }.sorted()
    }
}
