import Foundation
import Pipeline

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes the file: all of it or nothing, readable by its owner alone, because it may hold secrets.
struct EnvironmentFile {
    let path: String
    /// Whether one that is there is replaced.
    let replaces: Bool

    /// - Throws: ``InvalidSettings`` where it can't be written for a reason that a flag may change.
    func check() throws {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: self.path, isDirectory: &isFolder)
        if self.path.trimmed.isEmpty || isFolder.boolValue {
            throw self.refusal("'\(self.path)', which is no name of a file: name one, such as packline.env")
        }
        if isThere, !self.replaces { throw self.existing }
        var isParentFolder: ObjCBool = false
        if !FileManager.default.fileExists(atPath: self.folder, isDirectory: &isParentFolder)
            || !isParentFolder.boolValue
        {
            throw self.refusal(
                "'\(self.path)', and there is no folder '\(self.folder)': make it, or name another place"
            )
        }
    }

    private var folder: String {
        self.path.lastIndex(of: "/").map { $0 == self.path.startIndex ? "/" : String(self.path[..<$0]) } ?? "."
    }

    private var existing: InvalidSettings {
        self.refusal("'\(self.path)', which is there already: name another file, or replace it with --force")
    }

    private func refusal(_ text: String) -> InvalidSettings { InvalidSettings(problems: ["--output names \(text)"]) }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// - Throws: ``InvalidSettings`` where there is one by now; ``Failure``.
    func write(_ text: String) throws {
        let temporary = "\(self.folder)/.packline-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw self.failure() }
        defer { unlink(temporary) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
            try file.close()
        } catch {
            throw Failure(description: "'\(self.path)' can't be written: is there room on its disk?")
        }
        // A name that is taken meanwhile stays as it is.
        let isDone = self.replaces ? rename(temporary, self.path) == 0 : link(temporary, self.path) == 0
        if !isDone { throw errno == EEXIST ? self.existing : self.failure() }
    }

    private func failure() -> Failure {
        Failure(description: "'\(self.path)' can't be written: \(String(cString: strerror(errno)))")
    }
}
