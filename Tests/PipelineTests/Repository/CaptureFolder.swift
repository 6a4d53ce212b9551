import Foundation
import TestSupport

/// Folders of files of real repositories, as the sandbox serves them.
enum CaptureFolder {
    /// Runs `body` with an empty folder, which is removed afterwards.
    static func with<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "captures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// Lays out documents of Packagist, `vendor~name.json` each, as a repository that is mounted as `mount`.
    ///
    /// - Returns: The names of the packages.
    static func layOut(_ captures: [String], in folder: URL, mount: String) throws -> [String] {
        var names: Set<String> = []
        for capture in captures {
            for file in try TestData.recorded.files(in: "packagist-p2/\(capture)")
            where file.lastPathComponent.contains("~") {
                let name = file.deletingPathExtension().lastPathComponent
                let vendor = name.prefix { $0 != "~" }
                let document = name.dropFirst(vendor.count + 1)
                names.insert("\(vendor)/\(document.prefix { $0 != "~" })")
                try self.copy(file, to: folder.appending(path: "p2/\(vendor)/\(document).json"))
            }
        }
        let root: [String: Any] = [
            "packages": [String](), "metadata-url": "/\(mount)/p2/%package%.json",
            "available-packages": names.sorted(),
        ]
        try JSONSerialization.data(withJSONObject: root).write(to: folder.appending(path: "packages.json"))
        return names.sorted()
    }

    /// Copies an output of Satis that was made for `http://127.0.0.1:8912/sub`, for another address of the same path.
    static func copySatis(_ name: String, to folder: URL, origin: String) throws {
        let source = try TestData.recorded.url("composer/satis-built/\(name)")
        for path in try FileManager.default.subpathsOfDirectory(atPath: source.path) {
            let file = source.appending(path: path)
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
            if isFolder.boolValue { continue }
            let target = folder.appending(path: path)
            if file.pathExtension == "json" {
                let text = try String(contentsOf: file, encoding: .utf8)
                let moved = Data(text.replacing("http://127.0.0.1:8912", with: origin).utf8)
                try self.makeFolder(of: target)
                try moved.write(to: target)
            } else {
                try self.copy(file, to: target)
            }
        }
    }

    private static func copy(_ file: URL, to target: URL) throws {
        try self.makeFolder(of: target)
        // The later of two captures.
        try? FileManager.default.removeItem(at: target)
        try FileManager.default.copyItem(at: file, to: target)
    }

    private static func makeFolder(of file: URL) throws {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
    }
}
