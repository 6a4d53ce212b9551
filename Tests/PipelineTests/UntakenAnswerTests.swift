import Composer
import Site
import Store
import TestSupport
import Testing

/// Answers that a client takes more slowly than they are made.
@Suite struct UntakenAnswerTests {
    private static let path = "/p2/wp-plugin/large.json"

    private func withStore(_ database: TestDatabase, _ body: (Store) async throws -> Void) async throws {
        try await database.with { stores in
            let path = String(Self.path.dropFirst())
            _ = try await stores[0].setRootDocument(path: path, content: Blob(of: LargeDocument.bytes), run: 1)
            try await body(stores[0])
        }
    }

    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n" }

    @Test(arguments: TestDatabase.allCases)
    func `who has sent its last byte gets all answers, however slowly it takes them`(
        _ database: TestDatabase
    ) async throws {
        try await self.withStore(database) { store in
            try await RunningSite.with(store) { port in
                for rest in ["", self.get("/healthz"), "GET / HTTP/1.1\r\n\r\n"] {
                    try await Conversation.with(port: port) { client in
                        try await client.say(self.get(Self.path) + rest)
                        client.finish()
                        let answer = try await client.answer()
                        #expect(answer.body == LargeDocument.bytes)
                        if !rest.isEmpty {
                            let next = try await client.answer()
                            #expect(next.status == (rest.contains("Host") ? 200 : 400))
                        }
                        let hasEnded = try await client.ends()
                        #expect(hasEnded)
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who is taking an answer when the server stops gets all of it`(_ database: TestDatabase) async throws {
        try await self.withStore(database) { store in
            try await withThrowingTaskGroup(of: Void.self) { clients in
                let (isAnswered, answered) = AsyncStream<Void>.makeStream()
                let (hasStopped, stopped) = AsyncStream<Void>.makeStream()
                try await RunningSite.with(store, onStopping: { stopped.finish() }) { port in
                    clients.addTask {
                        try await Conversation.with(port: port) { client in
                            try await client.say(self.get(Self.path))
                            let head = try await client.answer(hasBody: false)
                            answered.finish()
                            for await _ in hasStopped {}
                            let body = try await client.body(of: head)
                            #expect(body == LargeDocument.bytes)
                            let hasEnded = try await client.ends()
                            #expect(hasEnded)
                        }
                    }
                    for await _ in isAnswered {}
                }
                try await clients.waitForAll()
            }
        }
    }
}
