import Store
import TestSupport
import Testing

@testable import Site

/// What an event loop asks PostgreSQL itself.
///
/// Others commit to the same server meanwhile: that a state stays the same can only be waited for.
@Suite(.timeLimit(.minutes(30))) struct PostgresReaderTests {
    private func withReaders(
        patience: Duration = .seconds(86_400),
        _ body: (() throws -> PostgresDocumentReader, Store) async throws -> Void
    ) async throws {
        try await TestDatabase.postgres.with { stores in
            // What is called comes from this schema first, for connections that are made from here on.
            try await self.run("ALTER ROLE CURRENT_USER SET search_path = \"$user\", pg_catalog", stores[0])
            let documents = try #require(stores[0].engine.documents(patience: patience))
            try await body({ try #require(documents.reader(patience: patience)) }, stores[0])
        }
    }

    private func run(_ statement: String, _ store: Store) async throws {
        _ = try await store.engine.write { try $0.execute(SQLStatement(unsafe: statement)) }
    }

    private func state(_ reader: PostgresDocumentReader) async throws -> PostgresState {
        while true {
            if let state = reader.documents(at: [])?.state { return state }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func commit(_ store: Store) async throws {
        try await store.setSetting("test", to: "\(UInt64.random(in: 0 ... .max))")
    }

    /// As if nobody committed, or numbers were given twice.
    private func freeze(_ store: Store) async throws {
        try await self.run(
            "CREATE FUNCTION pg_current_snapshot() RETURNS text LANGUAGE sql AS 'SELECT ''1:1:'''",
            store
        )
    }

    @Test func `a state is the same until somebody commits`() async throws {
        try await self.withReaders { make, store in
            let reader = try make()
            for _ in 0..<50 {
                let before = try await self.state(reader)
                try await self.commit(store)
                let after = try await self.state(reader)
                #expect(before != after)
            }
            while try await self.state(reader) != self.state(reader) {}
        }
    }

    @Test func `a hot standby has no state`() async throws {
        try await self.withReaders { make, store in
            let reader = try make()
            _ = try await self.state(reader)
            try await self.run(
                "CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                store
            )
            #expect(reader.documents(at: [])?.state == nil)
        }
    }

    @Test func `what was read before another process answers is believed by nobody`() async throws {
        try await self.withReaders { make, store in
            try await self.freeze(store)
            let first = try make()
            let before = try await self.state(first)
            #expect(try await self.state(first) == before)
            let second = try make()
            var answers: [PostgresState?] = []
            while answers.last.flatMap({ $0 }) == nil {
                answers.append(second.documents(at: [])?.state)
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(!answers.contains(before))
            #expect(try await self.state(first) != before)
            #expect(try await self.state(first) == self.state(second))
        }
    }

    @Test func `where each answer is another process's, nothing is believed`() async throws {
        try await self.withReaders { make, store in
            let reader = try make()
            _ = try await self.state(reader)
            for process in 1...3 {
                // By the number that the database gives it.
                try await self.run(
                    "CREATE OR REPLACE FUNCTION pg_backend_pid() RETURNS integer LANGUAGE sql AS 'SELECT -\(process)'",
                    store
                )
                #expect(reader.documents(at: [])?.state == nil)
                #expect(reader.documents(at: [])?.state != nil)
            }
        }
    }

    @Test func `a database that does not say at once is not waited for, and asked again`() async throws {
        try await self.withReaders(patience: .milliseconds(1)) { make, store in
            let reader = try make()
            try await self.freeze(store)
            let before = try await self.state(reader)
            let key = Int.random(in: 1...(1 << 40))
            try await self.run(
                """
                CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql
                AS 'SELECT false FROM pg_advisory_xact_lock(\(key))'
                """,
                store
            )
            _ = try await store.engine.write { session in
                _ = try session.rows("SELECT 1 AS one FROM pg_advisory_xact_lock(CAST(\(Int64(key)) AS BIGINT))")
                // None of these returns before the lock is gone, if it waits.
                for _ in 0..<1_000 where reader.documents(at: [])?.state != nil { Issue.record("it said something") }
            }
            // By the same process: the answer that was late was dropped, not the connection.
            #expect(try await self.state(reader) == before)
        }
    }

    @Test func `on a machine with many processors the database has connections left for others`() async throws {
        try await TestDatabase.postgres.with { stores in
            let documents = try #require(stores[0].engine.documents(patience: .seconds(86_400)))
            let readers = (0..<PostgresDocuments.mostReaders + 2).map { _ in documents.reader() }
            #expect(readers.map { $0 != nil } == readers.indices.map { $0 < PostgresDocuments.mostReaders })
        }
    }

    @Test func `a connection that was ended is replaced`() async throws {
        try await self.withReaders { make, store in
            let reader = try make()
            for _ in 0..<3 {
                let before = try await self.state(reader)
                _ = try await store.engine.read { session in
                    try session.rows(
                        """
                        SELECT CAST(pg_terminate_backend(pid) AS TEXT) AS ended FROM pg_stat_activity
                        WHERE usename = current_user AND pid <> pg_backend_pid()
                        """
                    )
                }
                // It may be asked once more before its end is seen.
                while reader.documents(at: [])?.state != nil { try await Task.sleep(for: .milliseconds(1)) }
                #expect(try await self.state(reader) != before)
            }
        }
    }
}
