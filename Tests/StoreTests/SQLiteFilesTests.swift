import Foundation
import Logging
import Store
import TestSupport
import Testing

@Suite struct SQLiteFilesTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private static func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `nobody but user and group may read a database, its log, or one that was restored`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("data/test.sqlite").path
        for round in 1...2 {
            let store = try await Store.open(url: "sqlite:\(path)", logger: self.logger)
            _ = try await store.beginRun(.sync, worker: "test", version: "test")
            for suffix in ["", "-wal", "-shm"] {
                #expect(try Self.mode(path + suffix) & 0o137 == 0, "\(suffix) in round \(round)")
            }
            #expect(try Self.mode(folder.appendingPathComponent("data").path) & 0o026 == 0)
            // As a copy that somebody has put there.
            for suffix in ["", "-wal", "-shm"] {
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path + suffix)
            }
        }
    }

    @Test func `a folder that is named as the database is refused, and stays open to those who need it`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        await #expect(throws: StoreError.self) {
            _ = try await Store.open(url: "sqlite:\(folder.path)", logger: self.logger)
        }
        #expect(try Self.mode(folder.path) == 0o777)
    }

    @Test func `a file that is no database is refused, and stays as it is`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("passwd")
        let bytes = Data(String(repeating: "root:x:0:0:root:/root:/bin/bash\n", count: 100).utf8)
        try bytes.write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        await #expect(throws: StoreError.self) {
            _ = try await Store.open(url: "sqlite:\(file.path)", logger: self.logger)
        }
        #expect(try Self.mode(file.path) == 0o644)
        #expect(try Data(contentsOf: file) == bytes)
    }

    @Test func `a log grows to 32 MB, and what is in it outlives a kill`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("test.sqlite").path
        let store = try await Store.open(url: "sqlite:\(path)", logger: self.logger)
        func write(megabytes: Int) async throws {
            for _ in 0..<megabytes {
                _ = try await store.engine.write { session in
                    try session.execute(
                        """
                        INSERT INTO blobs (hash, encoding, size, bytes)
                        VALUES (randomblob(32), 'identity', 1048576, zeroblob(1048576))
                        """
                    )
                }
            }
        }
        func logBytes() throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int)
        }

        try await write(megabytes: 12)
        #expect(try logBytes() > 10 << 20)
        // What a process leaves that is killed now.
        let left = folder.appendingPathComponent("left.sqlite").path
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: left + suffix) }
        let reopened = try await Store.open(url: "sqlite:\(left)", logger: self.logger)
        let rows = try await reopened.engine.read { try $0.rows("SELECT count(*) FROM blobs")[0].values }
        #expect(rows == [.integer(12)])

        try await write(megabytes: 60)
        #expect(try logBytes() < 40 << 20)
    }

    @Test func `a number that fits no integer stops nobody`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try await Store.open(url: "sqlite:\(folder.path)/test.sqlite", logger: self.logger)
        let values = try await store.engine.read { try $0.rows("SELECT 1e300, -9e999, 2.9")[0].values }
        #expect(values == [.null, .null, .integer(2)])
    }
}
