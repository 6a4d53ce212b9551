import Composer
import Foundation
import Wire

/// The two files of a site, as they are and as they become.
struct MigratedSite {
    private static let maxBytes = 64 << 20

    let project: EditedFile
    let lock: EditedFile?
    let migration: SiteMigration
    let locked: LockMigration?
    let command: MigrateCommand
    /// A file of patches that names packages by old names.
    let patchesFile: String?

    /// - Throws: ``MigrationFailure`` that says what is wrong, before anything is written.
    init(_ command: MigrateCommand) throws {
        self.command = command
        let path = try Self.projectFile(command.place)
        let names = VendorNames(plugin: command.pluginVendor, theme: command.themeVendor, kept: command.keep)
        let bytes = try Self.read(path)
        self.migration = try Self.parsed(path, bytes) {
            try SiteMigration(bytes, to: command.to, names: names, hosts: command.from)
        }
        self.project = EditedFile(path: path, bytes: bytes, edits: self.migration.edits.edits)

        let lockPath = path.hasSuffix(".json") ? path.dropLast(5) + ".lock" : path + ".lock"
        if !command.noLock, FileManager.default.fileExists(atPath: String(lockPath)) {
            let bytes = try Self.read(String(lockPath))
            let locked = try Self.parsed(String(lockPath), bytes) { try LockMigration(bytes, names: names) }
            self.locked = locked
            self.lock = EditedFile(path: String(lockPath), bytes: bytes, edits: locked.edits.edits)
        } else {
            self.locked = nil
            self.lock = nil
        }
        self.patchesFile = self.migration.patchesFile.flatMap { file in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            let text = try? Self.read(folder.appending(path: file).path)
            return text.map { names.isMentioned(in: String(decoding: $0, as: UTF8.self)) } == true ? file : nil
        }
        try self.check()
    }

    /// Whether neither file changes.
    var isUnchanged: Bool { self.migration.isUnchanged && self.locked?.isUnchanged != false }

    private func check() throws {
        let problems = self.migration.edits.problems
        if !problems.isEmpty {
            throw MigrationFailure(
                description: problems.map { "\(self.project.path):\($0.line): in \($0.path) \($0.text)" }
                    .joined(separator: "\n")
            )
        }
        if self.migration.isUnchanged, !self.migration.hasRepository {
            throw MigrationFailure(
                description: """
                    \(self.project.path) has no repository of wpackagist.org or wp-packages.org, and none of their names. \
                    Where it is asked by another address, say --from HOST. A site that has neither adds the repository:
                      composer config repositories.packline composer \(self.command.to)
                    """
            )
        }
    }

    private static func projectFile(_ place: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
            throw MigrationFailure(
                description: "\(place) is not there: it takes the folder of a site, or its composer.json"
            )
        }
        guard isFolder.boolValue else { return place }
        let path = place == "." ? "composer.json" : (place.hasSuffix("/") ? place : place + "/") + "composer.json"
        guard FileManager.default.fileExists(atPath: path) else {
            throw MigrationFailure(description: "there is no composer.json in \(place): it takes the folder of a site")
        }
        return path
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: Self.maxBytes + 1)
        else {
            throw MigrationFailure(description: "\(path) can't be read: look at its permissions")
        }
        guard data.count <= Self.maxBytes else {
            throw MigrationFailure(
                description: "\(path) has more than 64 MB, which no composer.json or composer.lock has"
            )
        }
        return Array(data)
    }

    private static func parsed<Result>(_ path: String, _ bytes: [UInt8], _ parse: () throws -> Result) throws -> Result
    {
        do {
            return try parse()
        } catch let failure as JSONReader.Failure {
            let before = bytes[..<min(failure.position, bytes.count)]
            let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            throw MigrationFailure(
                description: "\(path):\(line):\(column): \(failure.reason). It has to be JSON that Composer reads: "
                    + "no comments, and no comma before a closing bracket"
            )
        }
    }

    var diff: [UInt8] { self.project.diff + (self.lock?.diff ?? []) }

    /// Writes what changes; what is stopped between the two files is finished by the next run.
    func write() throws {
        try self.project.write()
        try self.lock?.write()
    }
}
