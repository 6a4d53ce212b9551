import Foundation
import Logging
import Store
import TestSupport
import Testing

/// A database that is opened for reading stays as it is, and where there is none, none is made.
@Suite struct ReadingTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test func `a file that is not there is named, and is not made`() async throws {
        try await self.withFolder { folder in
            for path in ["\(folder.path)/none.sqlite", "\(folder.path)/none/none.sqlite"] {
                for url in ["sqlite:\(path)", "sqlite://\(path)"] {
                    let error = await #expect(throws: StoreError.self) { _ = try await Store.openForReading(url: url) }
                    #expect(error == .noDatabase(path))
                    #expect("\(StoreError.noDatabase(path))".contains(path))
                }
            }
            let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(made == [])
        }
    }

    @Test func `two slashes make no other file of a path`() async throws {
        try await self.withFolder { folder in
            let path = "\(folder.path)/some.sqlite"
            let written = try await Store.open(url: "sqlite://\(path)", logger: self.logger)
            try await written.setSetting("key", to: "value")
            let read = try await Store.openForReading(url: "sqlite:\(path)")
            #expect(try await read.setting("key") == "value")
        }
        #expect(DatabaseURL.problem(of: "sqlite:") != nil)
        #expect(DatabaseURL.problem(of: "sqlite://") != nil)
        #expect(DatabaseURL.problem(of: "sqlite://data/x") == nil && DatabaseURL.problem(of: "postgres://") == nil)
    }

    @Test(arguments: TestDatabase.allCases)
    func `an empty database is no database, and stays empty`(_ database: TestDatabase) async throws {
        try await database.withEmpty { url in
            for _ in 0..<2 {
                let error = await #expect(throws: StoreError.self) { _ = try await Store.openForReading(url: url) }
                guard case .noDatabase = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a schema of another version is told and left alone`(_ database: TestDatabase) async throws {
        let known = try #require(Schema.migrations.last?.number)
        let previous = try #require(Schema.migrations.dropLast().last?.number)
        let cases: [(SQLStatement, StoreError)] = [
            ("INSERT INTO schema_migrations VALUES (9999, 'future', 0)", .newerDatabase(found: 9_999, known: known)),
            (
                "DELETE FROM schema_migrations WHERE number = \(Int64(known))",
                .olderDatabase(found: previous, known: known)
            ),
        ]
        for (statement, error) in cases {
            try await database.withEmpty { url in
                let store = try await Store.open(url: url, logger: self.logger)
                _ = try await store.engine.write { try $0.execute(statement) }
                for _ in 0..<2 {
                    await #expect(throws: error) { _ = try await Store.openForReading(url: url) }
                }
            }
        }
    }

    /// Without permission to write; where this is root, a file system that can't be written is tried by
    /// `scripts/database-check.sh`.
    @Test func `a file that can't be written, in a folder that can't, is read`() async throws {
        try await self.withFolder { folder in
            let path = "\(folder.path)/some # %41?.sqlite"
            do {
                let store = try await Store.open(url: "sqlite:\(path)", logger: self.logger)
                try await store.setSetting("key", to: "value")
            }
            let manager = FileManager.default
            try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
            defer { try? manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
            let store = try await Store.openForReading(url: "sqlite:\(path)")
            #expect(try await store.setting("key") == "value")
            await #expect(throws: StoreError.self) { try await store.setSetting("key", to: "other") }
        }
    }
}
