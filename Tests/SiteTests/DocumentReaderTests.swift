import Composer
import Store
import TestSupport
import Testing

@testable import Site

/// What reads documents on the thread that asks.
@Suite struct DocumentReaderTests {
    private static let path = "p2/wp-plugin/akismet.json"

    private func reader(_ store: Store) throws -> SQLiteDocumentReader {
        try SQLiteDocumentReader(path: try #require(store.engine.localFile))
    }

    private func text(_ reader: SQLiteDocumentReader, at path: String = Self.path) throws -> String? {
        try reader.withDocument(at: path) { String(decoding: try reader.blob($0.content).content(), as: UTF8.self) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each call sees the last commit, and there is a reader for files only`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            #expect((stores[0].engine.localFile != nil) == (database == .sqlite))
            guard stores[0].engine.localFile != nil else { return }
            let reader = try self.reader(stores[0])
            #expect(try self.text(reader) == nil)
            for content in ["short", String(repeating: "long enough to be packed ", count: 1_000), ""] {
                _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array(content.utf8)), run: 1)
                #expect(try self.text(reader) == content)
                #expect(try self.text(reader) == content)
                #expect(try self.text(reader, at: "p2/wp-plugin/nobody.json") == nil)
            }
            _ = try await stores[0].engine.write { session in
                try session.execute("UPDATE objects SET content_hash = NULL WHERE key = \(Self.path)")
            }
            #expect(try self.text(reader) == nil)
        }
    }

    @Test func `a body that throws leaves the reader as it was`() async throws {
        struct Stop: Error {}
        try await TestDatabase.sqlite.with { stores in
            let reader = try self.reader(stores[0])
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array("one".utf8)), run: 1)
            #expect(throws: Stop.self) { try reader.withDocument(at: Self.path) { _ in throw Stop() } }
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: Array("two".utf8)), run: 1)
            #expect(try self.text(reader) == "two")
        }
    }

    @Test func `the state is another one after each commit, whoever makes it, and only then`() async throws {
        try await TestDatabase.sqlite.with(connections: 2) { stores in
            let reader = try self.reader(stores[0])
            let other = try self.reader(stores[0])
            var seen: [WALState] = []
            for number in 0..<300 {
                try await stores[number % stores.count].setSetting("test", to: "\(number)")
                let state = try #require(reader.state())
                #expect(!seen.contains(state))
                seen.append(state)
                _ = try self.text(reader)
                _ = try await stores[0].setting("test")
                await #expect(throws: StoreError.self) { try await Self.writeAndTakeBack(stores[1]) }
                #expect(reader.state() == state)
                #expect(other.state() == state)
            }
        }
    }

    /// Not in the loop of its caller: a closure there captures all of the stores for each turn, and with a larger ``Store``
    /// a debug build of Swift 6.3 ends with "freed pointer was not the last allocation".
    private static func writeAndTakeBack(_ store: Store) async throws {
        try await store.engine.write { session in
            _ = try session.execute("UPDATE settings SET value = 'never' WHERE key = 'test'")
            throw StoreError.corruptBlob(hash: "")
        }
    }

    @Test(.timeLimit(.minutes(30))) func `under one state all readings are the same`() async throws {
        try await TestDatabase.sqlite.with(connections: 2) { stores in
            let commits = 400
            let writer = Task { [stores] in
                for number in 1...commits {
                    let content = Blob(of: Array("\(number)".utf8))
                    _ = try await stores[number % 2].setRootDocument(path: Self.path, content: content, run: 1)
                }
            }
            // A thread's work: as fast as it can, between the commits and while they are written.
            let reader = try self.reader(stores[0])
            var last: (state: WALState, text: String?)?
            var known = 0
            while true {
                let state = reader.state()
                let text = try self.text(reader)
                if let state, state == reader.state() {
                    if let last, last.state == state {
                        #expect(last.text == text)
                        known += 1
                    }
                    last = (state, text)
                }
                if text == "\(commits)" { break }
                await Task.yield()
            }
            try await writer.value
            // A busy machine may have written something before each of the looks.
            let state = try #require(reader.state())
            #expect(try self.text(reader) == "\(commits)")
            if reader.state() == state { known += 1 }
            #expect(known > 0)
        }
    }
}
