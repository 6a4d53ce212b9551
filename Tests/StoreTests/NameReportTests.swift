import Facts
import Store
import Synchronization
import TestSupport
import Testing

/// Names that several sources have, as pages of them are read.
@Suite struct NameReportTests {
    private static let sources = [OwningSource(name: "composer:first"), OwningSource(name: "composer:second")]

    /// Both sources know of all names, and have published none.
    private func fill(_ store: Store, _ names: [String]) async throws {
        _ = try await store.engine.write { session in
            for source in Self.sources.map(\.name) {
                try session.execute("INSERT INTO sources (name) VALUES (\(source))")
                try session.execute(
                    "INSERT INTO packages (source, key) VALUES (\(named: "source"), \(named: "key"))",
                    each: names.map { ["source": .text(source), "key": .text($0)] }
                )
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a page of names takes the same few statements however many there are, and the next begins after it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            // One more than are looked at for a page.
            let names = (0...5_000).map { "acme/\($0 + 10_000)" }
            try await self.fill(stores[0], names)
            let statements = Mutex(0)
            let store = Store(
                engine: WatchedEngine(stores[0].engine, onStatement: { _ in statements.withLock { $0 += 1 } })
            )
            for limit in [1, 700, 5_000, 10_000] {
                var (found, last) = ([String](), String?.none)
                repeat {
                    statements.withLock { $0 = 0 }
                    let page = try await store.sharedNames(of: Self.sources, after: last, limit: limit)
                    #expect(statements.withLock { $0 } <= 5)
                    found += page.names.map(\.name)
                    last = page.next
                } while last != nil && limit > 1
                #expect(found == (limit == 1 ? Array(names.prefix(1)) : names), "\(limit)")
            }
        }
    }
}
