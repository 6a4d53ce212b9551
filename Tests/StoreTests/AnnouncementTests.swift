import Composer
import Dispatch
import Facts
import Store
import Synchronization
import TestSupport
import Testing

/// What is said of others is said of what is live.
@Suite struct AnnouncementTests {
    private static let settings = ContentHash(of: Array("settings".utf8))

    /// Derives a root that lists the sources of which something is live.
    private func derive(_ store: Store, under settings: ContentHash = Self.settings) async throws -> Bool {
        try await store.deriveRoot(
            "packages.json",
            under: settings,
            of: [Store.source, "another"],
            run: 1
        ) { Array($0.sources.sorted().map(\.rawValue).joined(separator: ",").utf8) }
    }

    private func isDue(_ store: Store) async throws -> Bool {
        try await store.isRootDue("packages.json", under: Self.settings, of: [Store.source, "another"])
    }

    private func root(_ store: Store) async throws -> String? {
        try await store.document(at: "packages.json").map { String(decoding: try $0.content.content(), as: UTF8.self) }
    }

    private func withPublished(_ database: TestDatabase, _ body: (Store) async throws -> Void) async throws {
        try await database.with { stores in
            try await stores[0].discover(["akismet"])
            try await stores[0].publish(try await stores[0].claim()[0], "first")
            try await body(stores[0])
        }
    }

    private func publishAgain(_ store: Store, _ text: String?, revision: Int64) async throws {
        try await store.discover(["akismet"], revision: revision)
        try await store.publish(try #require(try await store.claim().first), text)
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: a root says what was stamped, and nothing before`(_ database: TestDatabase) async throws {
        try await self.withPublished(database) { store in
            #expect(try await !self.derive(store))
            #expect(try await self.root(store) == nil)
            let claims = try await store.claimDocuments()
            #expect(try await !self.derive(store))
            _ = try await store.stampDeployed(claims.map(\.stamp), run: 1)
            #expect(try await self.isDue(store))
            #expect(try await self.derive(store))
            #expect(try await self.root(store) == Store.source.rawValue)
            #expect(try await !self.isDue(store))
            #expect(try await !self.derive(store))
            // A setting that shapes it is another reason.
            _ = try await self.derive(store, under: ContentHash(of: []))
            #expect(try await self.isDue(store))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: what is unknown takes back no announcement, a deletion does when it is claimed`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPublished(database) { store in
            let first = try await store.claimDocuments()
            _ = try await store.stampDeployed(first.map(\.stamp), run: 1)
            _ = try await self.derive(store)
            func expectAnnounced(_ when: String) async throws {
                _ = try await self.derive(store)
                #expect(try await self.root(store) == Store.source.rawValue, "\(when)")
            }
            _ = try await store.markForUpload(paths: nil)
            try await expectAnnounced("after --force")
            let claims = try await store.claimDocuments()
            try await expectAnnounced("while it is uploaded")
            _ = try await store.stampDeployed(first.map(\.stamp), run: 1)
            try await expectAnnounced("after a late stamp")
            try await store.failUploads(claims.map { ($0, "status 500", 0) }, run: 1)
            try await expectAnnounced("after a failure")
            try await self.publishAgain(store, nil, revision: 2)
            try await expectAnnounced("while it is to be deleted")
            _ = try await store.claimDocuments()
            _ = try await self.derive(store)
            #expect(try await self.root(store) == "")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a look that finds an object gone takes the announcement back, one that finds another does not`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPublished(database) { store in
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            _ = try await self.derive(store)
            var repair = Store.Repair()
            repair.differing = [("p2/wp-plugin/akismet.json", "another")]
            try await store.markForRepair(repair)
            _ = try await self.derive(store)
            #expect(try await self.root(store) == Store.source.rawValue)
            repair.missing = ["p2/wp-plugin/akismet.json"]
            try await store.markForRepair(repair)
            _ = try await self.derive(store)
            #expect(try await self.root(store) == "")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is stamped while a root is derived marks it again`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            try await stores[0].discover(["akismet"])
            try await stores[0].publish(try await stores[0].claim()[0], "first")
            _ = try await stores[0].stampDeployed(try await stores[0].claimDocuments().map(\.stamp), run: 1)
            _ = try await self.derive(stores[0])
            for round in 2..<20 {
                let text = round.isMultiple(of: 2) ? nil : "number \(round)"
                try await self.publishAgain(stores[0], text, revision: Int64(round))
                let claims = try await stores[0].claimDocuments()
                async let late = stores[0].stampDeployed(claims.map(\.stamp), run: 1)
                async let derived = self.derive(stores[1])
                _ = try await (late, derived)
                _ = try await self.derive(stores[1])
                #expect(try await self.root(stores[0]) == (text == nil ? "" : Store.source.rawValue))
            }
        }
    }

    /// Derives a root, and does something else once it is read what is live: until that is done, or waits for this.
    private func derive(_ store: Store, while body: @escaping @Sendable () async throws -> Void) async throws {
        let other = Mutex<Task<Void, any Error>?>(nil)
        _ = try await store.deriveRoot(
            "packages.json",
            under: Self.settings,
            of: [Store.source, "another"],
            run: 1
        ) { live in
            let isDone = DispatchSemaphore(value: 0)
            other.withLock {
                $0 = Task {
                    defer { isDone.signal() }
                    try await body()
                }
            }
            _ = isDone.wait(timeout: .now() + .milliseconds(500))
            return Array(live.sources.sorted().map(\.rawValue).joined(separator: ",").utf8)
        }
        try await #require(other.withLock { $0 }).value
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: what becomes live or goes while the first root or a marked one is derived marks it again`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 2) { stores in
            let store = stores[0]
            func expect(_ announced: String, while body: @escaping @Sendable () async throws -> Void) async throws {
                try await self.derive(stores[1], while: body)
                #expect(try await self.isDue(store))
                _ = try await self.derive(store)
                #expect(try await self.root(store) == announced)
            }
            try await store.discover(["akismet"])
            try await store.publish(try await store.claim()[0], "first")
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            try await store.discover(["other"], source: "another")
            try await store.publish(try await store.claim(source: "another")[0], "first")
            let others = try await store.claimDocuments().map(\.stamp)
            try await expect("another,\(Store.source)") { _ = try await store.stampDeployed(others, run: 1) }

            try await self.publishAgain(store, nil, revision: 2)
            try await store.markForRepair(Store.Repair())
            try await expect("another") { _ = try await store.claimDocuments(leaseMilliseconds: 0) }

            try await self.publishAgain(store, "again", revision: 3)
            let again = try await store.claimDocuments().map(\.stamp)
            try await store.markForRepair(Store.Repair())
            try await expect("another,\(Store.source)") { _ = try await store.stampDeployed(again, run: 1) }
        }
    }
}
