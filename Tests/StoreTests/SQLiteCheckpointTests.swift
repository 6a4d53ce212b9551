import Dispatch
import Foundation
import Logging
import Store
import TestSupport
import Testing

/// Two engines stand for two processes: SQLite keeps connections apart, not processes.
@Suite struct SQLiteCheckpointTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
    private var path: String { self.folder.appendingPathComponent("test.sqlite").path }

    /// - Parameter pages: From which on the log is brought into the file.
    private func engine(checkpointsAt pages: Int, patience: Double = 60) throws -> SQLiteEngine {
        try SQLiteEngine(path: self.path, checkpointPages: pages, patience: patience)
    }

    /// Writes more than ten pages, on one connection after the other.
    private static func fill(_ engines: SQLiteEngine...) async throws {
        for engine in engines {
            try await engine.write { session in
                try session.execute("CREATE TABLE IF NOT EXISTS filled (bytes BLOB)")
                try session.execute("INSERT INTO filled VALUES (zeroblob(50000))")
            }
        }
    }

    private func logBytes() throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: self.path + "-wal")[.size] as? Int)
    }

    @Test func `no checkpoint is made while another writes`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let hasty = try self.engine(checkpointsAt: 1_000_000, patience: 0)
        let other = try self.engine(checkpointsAt: 1_000_000)
        try await Self.fill(hasty, other)
        let attempt = try await other.write { session in
            try session.execute("INSERT INTO filled VALUES (NULL)")
            // While this transaction has the lock.
            let isOver = DispatchSemaphore(value: 0)
            let attempt = Task.detached {
                defer { isOver.signal() }
                return try await hasty.checkpoint()
            }
            isOver.wait()
            return attempt
        }
        await #expect(throws: StoreError.self) { try await attempt.value }
        #expect(try await hasty.checkpoint())
    }

    @Test func `SQLite makes none by itself, on no connection`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let engine = try self.engine(checkpointsAt: 10)
        let question: SQLStatement = "PRAGMA wal_autocheckpoint"
        #expect(try await engine.write { try $0.rows(question)[0].values } == [.integer(0)])
        #expect(try await engine.read { try $0.rows(question)[0].values } == [.integer(0)])
    }

    @Test func `a log that is long is brought into the file, and begun anew`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let (one, two) = (try self.engine(checkpointsAt: 10), try self.engine(checkpointsAt: 10))
        for _ in 0..<50 { try await Self.fill(one, two) }
        #expect(try self.logBytes() < 300_000)
        let rows = try await two.read { try $0.rows("SELECT count(*), sum(length(bytes)) FROM filled")[0].values }
        #expect(rows == [.integer(100), .integer(5_000_000)])
    }

    @Test func `who reads what was before stops no write, and the log is short again once they are done`() async throws
    {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let (engine, reader) = (try self.engine(checkpointsAt: 10), try self.engine(checkpointsAt: 10))
        try await Self.fill(engine)
        let (isReading, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let seen = reader.read { session in
            let before = try session.rows("SELECT count(*) FROM filled")[0].values
            isReading.signal()
            mayEnd.wait()
            return (before, try session.rows("SELECT count(*) FROM filled")[0].values)
        }
        // Whatever fails below, the reader ends.
        defer { mayEnd.signal() }
        await isReading.signalled()
        for _ in 0..<20 { try await Self.fill(engine) }
        #expect(try self.logBytes() > 1_000_000)
        #expect(try await engine.checkpoint() == false)
        mayEnd.signal()
        let (before, after) = try await seen
        #expect(before == [.integer(1)] && after == [.integer(1)])
        // Another process brings all of it, and the next to write begins the log anew: it is as long as it may be again.
        #expect(try await reader.checkpoint())
        for _ in 0..<5 { try await Self.fill(engine) }
        let inFile = try #require(FileManager.default.attributesOfItem(atPath: self.path)[.size] as? Int)
        #expect(inFile > 26 * 50_000)
        #expect(try await engine.read { try $0.rows("SELECT count(*) FROM filled")[0].values } == [.integer(26)])
    }

    @Test func `a database that was moved away is not made anew`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let engine = try self.engine(checkpointsAt: 10)
        try FileManager.default.moveItem(atPath: self.path, toPath: self.path + ".moved")
        // What is written is written.
        try await Self.fill(engine)
        await #expect(throws: StoreError.self) { try await engine.checkpoint() }
        #expect(!FileManager.default.fileExists(atPath: self.path))
        try await Self.fill(engine)
    }

    @Test func `what several write at once is all there`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let engines = try (0..<4).map { _ in try self.engine(checkpointsAt: 1) }
        try await Self.fill(engines[0])
        try await withThrowingTaskGroup { group in
            for engine in engines {
                group.addTask {
                    for _ in 0..<100 {
                        _ = try await engine.write { try $0.execute("INSERT INTO filled VALUES (zeroblob(5000))") }
                        // Others are to find a log that is in the file as a whole.
                        try await Task.sleep(for: .microseconds(Int.random(in: 0..<4_000)))
                    }
                }
            }
            try await group.waitForAll()
        }
        let (count, check) = try await engines[0].read { session in
            (
                try session.rows("SELECT count(*) FROM filled")[0].values,
                try session.rows("PRAGMA integrity_check")[0].values
            )
        }
        #expect(count == [.integer(401)])
        #expect(check == [.text("ok")])
    }
}
