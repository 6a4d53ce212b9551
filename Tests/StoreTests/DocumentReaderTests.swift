import Store
import TestSupport
import Testing

/// What reads documents on the thread that asks.
@Suite struct DocumentReaderTests {
    private static let path = "p2/wp-plugin/akismet.json"

    private func text(_ reader: SQLiteDocumentReader, at path: String = Self.path) throws -> String? {
        try reader.withDocument(at: path) { String(decoding: try $0.blob().content(), as: UTF8.self) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each call sees the last commit, and there is a reader for files only`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            guard let reader = try stores[0].documentReader() else {
                #expect(database != .sqlite)
                return
            }
            #expect(database == .sqlite)
            #expect(try self.text(reader) == nil)
            for content in ["short", String(repeating: "long enough to be packed ", count: 1_000), ""] {
                _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array(content.utf8)), run: 1)
                #expect(try self.text(reader) == content)
                #expect(try self.text(reader) == content)
                #expect(try self.text(reader, at: "p2/wp-plugin/nobody.json") == nil)
            }
            _ = try await stores[0].engine.write { session in
                try session.execute("UPDATE documents SET content_hash = NULL WHERE path = \(Self.path)")
            }
            #expect(try self.text(reader) == nil)
        }
    }

    @Test func `a body that throws leaves the reader as it was`() async throws {
        struct Stop: Error {}
        try await TestDatabase.sqlite.with { stores in
            let reader = try #require(try stores[0].documentReader())
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array("one".utf8)), run: 1)
            #expect(throws: Stop.self) { try reader.withDocument(at: Self.path) { _ in throw Stop() } }
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array("two".utf8)), run: 1)
            #expect(try self.text(reader) == "two")
        }
    }
}
