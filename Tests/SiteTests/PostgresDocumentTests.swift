import Composer
import Dispatch
import Store
import TestSupport
import Testing

@testable import Site

/// What answers many questions for documents over PostgreSQL.
@Suite(.timeLimit(.minutes(30))) struct PostgresDocumentTests {
    private static let path = "p2/wp-plugin/akismet.json"

    /// - Parameter patience: A busy machine is not a silent database.
    private func documents(
        _ store: Store,
        patience: Duration = .seconds(86_400)
    ) async throws -> PostgresDocuments? {
        guard let documents = store.engine.documents(patience: patience) else { return nil }
        documents.open()
        try await self.ready(documents)
        return documents
    }

    private func ready(_ documents: PostgresDocuments) async throws {
        while !documents.isReady {
            documents.open()
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func text(_ documents: PostgresDocuments, at path: String = Self.path) async throws -> String? {
        try await withCheckedContinuation { continuation in
            documents.ask([PostgresDocuments.Question(key: path, wantsBytes: { _ in true })]) { answers in
                for answer in answers { continuation.resume(returning: answer.found) }
            }
        }.flatMap { try $0.bytes.map { String(decoding: try $0.content(), as: UTF8.self) } }
    }

    private func write(_ text: String, _ store: Store) async throws {
        _ = try await store.setRootDocument(path: Self.path, content: Blob(of: Array(text.utf8)), run: 1)
    }

    @Test(arguments: TestDatabase.allCases)
    func `each answer is of the last commit, whoever makes it`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let found = try await self.documents(stores[0])
            #expect((found == nil) == (database == .sqlite))
            guard let documents = found else { return }
            #expect(try await self.text(documents) == nil)
            for number in 1...200 {
                try await self.write("\(number)", stores[number % 2])
                #expect(try await self.text(documents) == "\(number)")
                #expect(try await self.text(documents) == "\(number)")
                #expect(try await self.text(documents, at: "p2/wp-plugin/nobody.json") == nil)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `while others commit, nobody gets less than was there when he asked`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            guard let documents = try await self.documents(stores[0]) else { return }
            try await self.write("0", stores[0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                // A transaction that began first and commits in the midst of the others.
                for other in 0..<2 {
                    group.addTask { [stores] in
                        for number in 1...100 { try await stores[other].setSetting("test-\(other)", to: "\(number)") }
                    }
                }
                for number in 1...100 {
                    try await self.write("\(number)", stores[1])
                    for _ in 0..<8 {
                        group.addTask {
                            let seen = try await self.text(documents).flatMap(Int.init)
                            #expect((seen ?? -1) >= number)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `bytes that were lost or damaged, and are mended, are seen as the database has them`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            guard let documents = try await self.documents(stores[0]) else { return }
            try await self.write("whole", stores[0])
            #expect(try await self.text(documents) == "whole")
            _ = try await stores[0].engine.write { session in
                try session.execute("UPDATE blobs SET bytes = \(Array("spoil".utf8))")
            }
            #expect(try await self.text(documents) == "spoil")
            _ = try await stores[0].engine.write { try $0.execute("DELETE FROM blobs") }
            #expect(try await self.text(documents) == nil)
            try await self.write("other", stores[0])
            #expect(try await self.text(documents) == "other")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `hundreds who ask at once are all answered, and a large document is left to others`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            guard let documents = try await self.documents(stores[0]) else { return }
            var random = SystemRandomNumberGenerator()
            let paths = (0..<300).map { "p2/wp-plugin/a\($0).json" }
            for path in paths {
                // More than is kept, and more than is read at once.
                let content = path.utf8 + (0..<20_000).map { _ in UInt8.random(in: 97...122, using: &random) }
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: content), run: 1)
            }
            let large = (0..<(3 << 20)).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try await stores[0].setRootDocument(path: Self.path, content: Blob(of: large), run: 1)
            for _ in 0..<2 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for path in paths {
                        group.addTask {
                            let text = try await self.text(documents, at: path)
                            #expect(text?.hasPrefix(path) == true)
                        }
                        group.addTask {
                            let text = try await self.text(documents)
                            #expect(text == nil)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of what is asked together each question has one answer, its own`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            guard let documents = try await self.documents(stores[0]) else { return }
            let paths = (0..<600).map { "p2/wp-plugin/a\($0 % 400).json" }
            for path in paths.prefix(400) where !path.hasSuffix("7.json") {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Array(path.utf8)), run: 1)
            }
            // Twice: what is not known, and what is. More than wait for one question, some of them twice.
            for _ in 0..<2 {
                let questions = paths.map { path in
                    PostgresDocuments.Question(key: path, wantsBytes: { _ in !path.hasSuffix("3.json") })
                }
                let (answers, answering) = AsyncStream<PostgresDocuments.Answer>.makeStream()
                documents.ask(questions) { for answer in $0 { answering.yield(answer) } }
                documents.ask([PostgresDocuments.Question(key: paths[0], wantsBytes: { _ in false })]) { last in
                    // Asked after them, and so answered after them.
                    for answer in last { answering.yield(answer) }
                    answering.finish()
                }
                var places: [Int] = []
                for await answer in answers {
                    let path = paths[answer.place]
                    places.append(answer.place)
                    #expect((answer.found == nil) == path.hasSuffix("7.json"), "\(path)")
                    guard places.count <= paths.count, let bytes = answer.found?.bytes else { continue }
                    #expect(!path.hasSuffix("3.json"))
                    #expect(String(decoding: try bytes.content(), as: UTF8.self) == path)
                }
                #expect(places.sorted() == [0] + paths.indices)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `nobody waits for a database that is silent, and all is well when it speaks again`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 2) { stores in
            let patience = PostgresDocuments.usualPatience
            guard let documents = try await self.documents(stores[0], patience: patience) else { return }
            try await self.write("1", stores[0])
            let (locked, lock) = AsyncStream<Void>.makeStream()
            let go = DispatchSemaphore(value: 0)
            async let locking: Void = stores[1].engine.write { session in
                try session.execute("LOCK TABLE objects IN ACCESS EXCLUSIVE MODE")
                lock.finish()
                go.wait()
            }
            for await _ in locked {}
            // Each of these would wait for as long as the lock is there.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let text = try await self.text(documents)
                        #expect(text == nil)
                    }
                }
                try await group.waitForAll()
            }
            #expect(!documents.isReady)
            #expect(try await self.text(documents) == nil)
            go.signal()
            try await locking
            while try await self.text(documents) != "1" { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a connection that was ended is replaced`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            guard let documents = try await self.documents(stores[0]) else { return }
            for number in 1...3 {
                try await self.write("\(number)", stores[0])
                #expect(try await self.text(documents) == "\(number)")
                _ = try await stores[0].engine.read { session in
                    try session.rows(
                        """
                        SELECT CAST(pg_terminate_backend(pid) AS TEXT) AS ended FROM pg_stat_activity
                        WHERE usename = current_user AND pid <> pg_backend_pid()
                        """
                    )
                }
                while try await self.text(documents) != "\(number)" { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }
}
