import Composer
import Store
import Synchronization
import TestSupport
import Testing

/// Over a network each statement is a round trip.
@Suite struct StatementCountTests {
    private final class Statements: Sendable {
        private let state = Mutex<[String]>([])

        var texts: [String] { self.state.withLock { $0 } }
        func append(_ text: String) { self.state.withLock { $0.append(text) } }
    }

    @Test(arguments: TestDatabase.allCases, [1, 2, 3, 100])
    func `claiming documents and reading their bytes takes a few statements, however many they are`(
        _ database: TestDatabase,
        _ number: Int
    ) async throws {
        try await database.with { stores in
            let slugs = (0..<number).map { "plugin-\($0)" }
            try await stores[0].discover(slugs)
            for claim in try await stores[0].claim(number) { try await stores[0].publish(claim, "of \(claim.key)") }
            _ = try await stores[0].noteBucket("bucket", insteadOf: nil)
            // A statement that is executed for many rows goes in one go; the question about the schema, which every
            // transaction that writes begins with, is left out.
            let sent = Statements()
            let store = Store(
                engine: WatchedEngine(
                    stores[0].engine,
                    onStatement: { statement in
                        let text = statement.rendered(for: stores[0].engine.dialect).text
                        if !text.contains("FROM schema_migrations") { sent.append(text) }
                    }
                )
            )
            // PostgreSQL's planner is told how to go about it.
            let claiming = database == .postgres ? 5 : 4
            let documents = try await store.claimDirty(
                kind: .document,
                limit: number,
                run: 1,
                leaseMilliseconds: 86_400_000,
                bucket: "bucket"
            )
            #expect(documents.count == number)
            let plain = slugs.map { "of \($0)".utf8.count }
            #expect(documents.map(\.size).sorted() == plain.sorted(), "how much is to be read is known before")
            #expect(sent.texts.count == claiming)
            // The claim holds rows that others wait for: no bytes are read meanwhile.
            #expect(!sent.texts.contains { $0.contains("bytes") && $0.contains("FROM blobs") })
            let contents = try await store.contents(documents.compactMap(\.content))
            #expect(sent.texts.count == claiming + 1)
            for document in documents {
                let slug = document.path.dropFirst("p2/wp-plugin/".count).dropLast(".json".count)
                let blob = try #require(document.content.flatMap { contents[$0] })
                #expect(try blob.content() == Array("of \(slug)".utf8))
            }
            let unknown = ContentHash(of: [0])
            let present = try await store.present(documents.compactMap(\.content) + [unknown])
            #expect(present.count == number && !present.contains(unknown))
            #expect(sent.texts.count == claiming + 2)
        }
    }
}
