import Foundation

/// Captured answers, which lie outside the project.
enum TestData {
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    /// The folder that `PACKLINE_TEST_DATA` names, else `shared/data` beside the checkout.
    static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["PACKLINE_TEST_DATA"] { return URL(filePath: path) }
        var project = URL(filePath: #filePath)
        for _ in 0..<4 { project.deleteLastPathComponent() }
        return project.deletingLastPathComponent().appending(path: "shared/data")
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        let file = Self.folder.appending(path: path)
        guard let data = FileManager.default.contents(atPath: file.path) else {
            throw Missing(
                description: "no test data at \(file.path); set PACKLINE_TEST_DATA to the folder with \(path)"
            )
        }
        return Array(data)
    }

    /// Names of the JSON files in a folder, without extension.
    static func names(in folder: String) throws -> [String] {
        let path = Self.folder.appending(path: folder).path
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path), !files.isEmpty else {
            throw Missing(description: "no test data in \(path); set PACKLINE_TEST_DATA to the folder with \(folder)")
        }
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }
}
