import Composer
import Dispatch
import Facts
import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing

/// What is claimed, and what is known of it until it is stamped.
@Suite struct ObjectLeaseTests {
    private static let paths = ["a", "b", "c", "d"].map { "p2/wp-plugin/\($0).json" }

    /// Documents that say these texts from now on, whoever is at work on them; nil withdraws one.
    private func set(_ texts: [(path: String, text: String?)], _ store: Store) async throws {
        _ = try await store.engine.write { session in
            var references = BlobReferences()
            _ = try Store.setContents(
                texts.map { ($0.path, nil, $0.text.map { Blob(of: Array($0.utf8)) }) },
                references: &references,
                run: 1,
                session
            )
            try references.write(session)
        }
    }

    private func set(_ path: String, _ text: String?, _ store: Store) async throws {
        try await self.set([(path, text)], store)
    }

    /// Documents that are as they should be.
    private func withDocuments(
        _ database: TestDatabase,
        connections: Int = 1,
        _ body: ([Store]) async throws -> Void
    ) async throws {
        try await database.with(connections: connections) { stores in
            try await self.set(Self.paths.map { ($0, "first") }, stores[0])
            _ = try await stores[0].stampDeployed(try await stores[0].claimDocuments().map(\.stamp), run: 1)
            #expect(try await stores[0].dirtyCount() == (0, 0))
            try await body(stores)
        }
    }

    /// What is claimed by now, whoever holds it and until when.
    private func leases(_ store: Store) async throws -> [[SQLValue]] {
        try await store.engine.read { session in
            try session.rows("SELECT object_key, claim, run FROM object_leases ORDER BY object_key").map(\.values)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a claim writes no object, and what is stamped, failed, lost or returned is held by nobody`(
        _ database: TestDatabase
    ) async throws {
        try await self.withDocuments(database) { stores in
            for path in Self.paths { try await self.set(path, "second", stores[0]) }
            let sent = Mutex<[String]>([])
            let store = Store(
                engine: WatchedEngine(
                    stores[0].engine,
                    onStatement: { statement in sent.withLock { $0.append(statement.rendered(for: .sqlite).text) } }
                )
            )
            let claims = try await store.claimDocuments()
            #expect(claims.map(\.path) == Self.paths)
            #expect(try await self.leases(stores[0]).map { $0[0] } == Self.paths.map(SQLValue.text))
            let writing = sent.withLock { $0.filter { $0.contains("UPDATE objects") || $0.contains("INTO objects") } }
            #expect(writing.isEmpty)
            _ = try await store.stampDeployed([claims[0].stamp], run: 1)
            try await store.failUploads([(claims[1], "status 500", -1)], run: 1)
            try await store.loseContents(of: [(claims[2], "lost", -1)], damaged: [], run: 1)
            #expect(try await self.leases(store).map { $0[0] } == [.text(Self.paths[3])])
            try await store.returnDocuments(run: try await store.runs(of: .sync, limit: 1)[0].id)
            #expect(try await self.leases(store).isEmpty)
            #expect(try await store.claimDocuments().map(\.path).sorted() == Array(Self.paths.dropFirst()))
        }
    }

    /// How a worker ends that may have uploaded, and nobody knows.
    private enum End: CaseIterable {
        case dies, fails, returns
        /// Another claims what it held, and is done with it before it sends anything.
        case isFollowed, isFollowedByFailure
        case stampsLate
    }

    @Test(arguments: TestDatabase.allCases)
    func `content that goes back to what was live is uploaded again, however the upload in between has ended`(
        _ database: TestDatabase
    ) async throws {
        for end in End.allCases {
            for isBackBefore in [false, true] {
                try await self.withDocuments(database) { stores in
                    let (store, path) = (stores[0], Self.paths[0])
                    try await self.set(path, "second", store)
                    let isOver = [.isFollowed, .isFollowedByFailure, .dies].contains(end)
                    let claim = try #require(
                        try await store.claimDocuments(leaseMilliseconds: isOver ? -1 : 86_400_000).first
                    )
                    if isBackBefore { try await self.set(path, "first", store) }
                    switch end {
                    case .dies: break
                    case .fails: try await store.failUploads([(claim, "timeout", -1)], run: 1)
                    case .returns:
                        try await store.returnDocuments(run: try await store.runs(of: .sync, limit: 1)[0].id)
                    case .isFollowed:
                        #expect(try await store.claimDocuments().count == 1)
                        try await store.returnDocuments(run: try await store.runs(of: .sync, limit: 1)[0].id)
                    case .isFollowedByFailure:
                        let follower = try await store.claimDocuments()
                        try await store.loseContents(of: follower.map { ($0, "lost", -1) }, damaged: [], run: 1)
                    case .stampsLate:
                        try await store.returnDocuments(run: try await store.runs(of: .sync, limit: 1)[0].id)
                        #expect(try await store.stampDeployed([claim.stamp], run: 1) == 1)
                    }
                    if !isBackBefore { try await self.set(path, "first", store) }
                    #expect(try await store.dirtyCount() == (1, 0), "\(end) \(isBackBefore)")
                    let again = try await store.claimDocuments()
                    #expect(again.map(\.content) == [ContentHash(of: Array("first".utf8))], "\(end) \(isBackBefore)")
                    #expect(try await store.stampDeployed(again.map(\.stamp), run: 1) == 0)
                    #expect(try await store.dirtyCount() == (0, 0))
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stamp that comes too late is not announced, and says nothing of what is live`(_ database: TestDatabase)
        async throws
    {
        try await self.withDocuments(database) { stores in
            let (store, path) = (stores[0], Self.paths[0])
            try await self.set(path, "second", store)
            let zombie = try await store.claimDocuments(leaseMilliseconds: -1)
            #expect(try await store.stillHeld(zombie, run: try await store.runs(of: .sync, limit: 1)[0].id).isEmpty)
            try await self.set(path, "third", store)
            let worker = try await store.claimDocuments()
            #expect(try await store.stillHeld(worker, run: try await store.runs(of: .sync, limit: 1)[0].id) == [path])
            #expect(try await store.stillHeld(zombie, run: try await store.runs(of: .sync, limit: 1)[0].id).isEmpty)
            #expect(try await store.stampDeployed(worker.map(\.stamp), run: 7) == 0)
            func known() async throws -> [SQLValue] {
                try await store.engine.read { session in
                    try session.rows(
                        "SELECT live_hash, feed_position, announced_at_ms, synced_run FROM objects WHERE key = \(path)"
                    )[0].values
                }
            }
            let before = try await known()
            #expect(before[0] == .blob(ContentHash(of: Array("third".utf8)).bytes))
            #expect(try await store.stampDeployed(zombie.map(\.stamp), run: 8) == 1)
            #expect(try await known() == before)
            #expect(try await store.dirtyCount() == (1, 0))
        }
    }

    /// As a transaction is whose commit went through and was not heard of.
    @Test(arguments: TestDatabase.allCases)
    func `a stamp and a failure that are written twice are as if they were written once`(_ database: TestDatabase)
        async throws
    {
        try await self.withDocuments(database) { stores in
            let store = stores[0]
            try await self.set([(Self.paths[0], "second"), (Self.paths[1], nil), (Self.paths[2], "second")], store)
            let claims = try await store.claimDocuments()
            let stamps = claims.prefix(2).map(\.stamp)
            #expect(stamps.map { $0.hash == nil } == [false, true])
            #expect(try await store.stampDeployed(stamps, run: 7) == 0)
            try await store.failUploads([(claims[2], "status 500", 3_600_000)], run: 7)
            func known() async throws -> [[SQLValue]] {
                try await store.engine.read { session in
                    try session.rows(
                        """
                        SELECT key, deployed_hash, live_hash, announced_hash, feed_position, attempts, due_at_ms, last_error
                        FROM objects ORDER BY key
                        """
                    ).map(\.values)
                }
            }
            let before = try await known()
            #expect(try await store.stampDeployed(stamps, run: 7) == 0)
            try await store.failUploads([(claims[2], "status 500", 3_600_000)], run: 7)
            #expect(try await known() == before)
            // What another run writes, or this one of a claim of before, is another stamp.
            #expect(try await store.stampDeployed(stamps, run: 8) == 2)
            try await store.failUploads([(claims[2], "status 500", 3_600_000)], run: 8)
            #expect(try await store.dirtyCount() == (2, 1))
            _ = try await store.claimDocuments()
            #expect(try await store.stampDeployed(stamps, run: 7) == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is withdrawn while it is uploaded for the first time is deleted`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let (store, path) = (stores[0], Self.paths[0])
            try await self.set(path, "first", store)
            // This worker uploads it, and dies.
            #expect(try await store.claimDocuments(leaseMilliseconds: -1).count == 1)
            try await self.set(path, nil, store)
            #expect(try await store.dirtyCount() == (0, 1))
            var retention = Store.Retention()
            retention.tombstones = .seconds(-60)
            #expect(try await store.cleanUp(retention).tombstones == 0)
            let deletion = try await store.claimDocuments()
            #expect(deletion.map(\.content) == [nil])
            #expect(try await store.stampDeployed(deletion.map(\.stamp), run: 1) == 0)
            #expect(try await store.cleanUp(retention).tombstones == 1)
        }
    }

    /// Whether a transaction that has looked at this test's objects waits for another.
    private static func someoneWaits(_ store: Store) async throws -> Bool {
        try await store.engine.read { session in
            try !session.rows(
                """
                SELECT 1 FROM pg_locks AS waiting JOIN pg_locks AS held ON held.pid = waiting.pid
                WHERE NOT waiting.granted AND held.relation = to_regclass('objects')
                """
            ).isEmpty
        }
    }

    /// In SQLite writers take turns anyway.
    @Test func `content that goes back while its upload is being claimed is uploaded again`() async throws {
        try await self.withDocuments(.postgres, connections: 3) { stores in
            let path = Self.paths[0]
            try await self.set(path, "second", stores[0])
            // In the middle of the transaction that claims, when the object is locked and the lease not yet taken.
            let setting = Mutex<Task<Void, any Error>?>(nil)
            let engine = WatchedEngine.interrupted(stores[1].engine, beforeStatement: "INTO object_leases") {
                let task = Task { try await self.set(path, "first", stores[0]) }
                setting.withLock { $0 = task }
                while (try? await Self.someoneWaits(stores[2])) == false {}
            }
            let claims = try await Store(engine: engine).claimDocuments(leaseMilliseconds: -1)
            try await setting.withLock { $0 }?.value
            #expect(claims.map(\.content) == [ContentHash(of: Array("second".utf8))])
            #expect(try await stores[0].dirtyCount() == (1, 0))
        }
    }

    /// In SQLite writers take turns anyway.
    @Test func `what another has claimed since it was looked for stays the other's, and a claim takes more instead`()
        async throws
    {
        try await self.withDocuments(.postgres, connections: 2) { stores in
            for path in Self.paths { try await self.set(path, "second", stores[0]) }
            let (other, path) = (stores[1].engine, Self.paths[0])
            let engine = WatchedEngine.interrupted(stores[0].engine, beforeStatement: "INTO object_leases") {
                _ = try? await other.write { session in
                    try session.execute(
                        """
                        INSERT INTO object_leases (object_key, claim, run, until_ms)
                        VALUES (\(path), 77, 7, \(.now) + 86400000)
                        """
                    )
                }
            }
            let run = try await stores[0].beginRun(.sync, worker: "test", version: "test")
            let claims = try await Store(engine: engine).claimDirty(
                kind: .document,
                limit: 2,
                run: run,
                leaseMilliseconds: 86_400_000
            )
            #expect(claims.map(\.path) == Array(Self.paths[1...2]))
            #expect(try await self.leases(stores[0]).first == [.text(path), .integer(77), .integer(7)])
            #expect(try await stores[1].claimDocuments().map(\.path) == [Self.paths[3]])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the delete of a package is not told while its dev document is on its way`(_ database: TestDatabase)
        async throws
    {
        try await self.withDocuments(database) { stores in
            let (store, main, dev) = (stores[0], Self.paths[0], "p2/wp-plugin/a~dev.json")
            func isTold() async throws -> Bool {
                try await store.engine.read { session in
                    try session.rows("SELECT 1 FROM objects WHERE key = \(main) AND announced_hash IS NULL").count == 1
                }
            }
            #expect(try await !isTold())
            try await self.set(dev, "dev", store)
            let uploading = try await store.claimDocuments()
            #expect(uploading.map(\.path) == [dev])
            try await self.set(main, nil, store)
            let deleting = try await store.claimDocuments()
            _ = try await store.stampDeployed(deleting.map(\.stamp), run: 1)
            #expect(try await !isTold())
            try await self.set(dev, nil, store)
            _ = try await store.stampDeployed(uploading.map(\.stamp), run: 1)
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            #expect(try await isTold())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package that comes back is not told to be deleted while its document is on its way`(
        _ database: TestDatabase
    ) async throws {
        try await self.withDocuments(database) { stores in
            let (store, main, dev) = (stores[0], Self.paths[0], "p2/wp-plugin/a~dev.json")
            try await self.set(dev, "dev", store)
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            try await self.set([(main, nil), (dev, nil)], store)
            let deleting = try await store.claimDocuments()
            _ = try await store.stampDeployed(deleting.filter { $0.path == main }.map(\.stamp), run: 1)
            try await self.set(main, "again", store)
            let uploading = try await store.claimDocuments()
            #expect(uploading.map(\.path) == [main])
            _ = try await store.stampDeployed(deleting.filter { $0.path == dev }.map(\.stamp), run: 1)
            let announced = try await store.engine.read { session in
                try session.rows("SELECT 1 FROM objects WHERE key = \(main) AND announced_hash IS NOT NULL").count
            }
            #expect(announced == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was held by a program of before stays so until its time is over`(_ database: TestDatabase) async throws {
        try await database.withEmpty { url in
            let engine: any SQLEngine =
                url.hasPrefix("sqlite:")
                ? try SQLiteEngine(path: String(url.dropFirst("sqlite:".count))) : try PostgresEngine(url: url)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let earlier = Array(Schema.migrations.prefix { $0.number <= 27 })
            try await Store(engine: engine, migrations: earlier).migrate(logger: logger)
            let hash = ContentHash(of: Array("first".utf8)).bytes
            _ = try await engine.write { session in
                try session.execute(
                    """
                    INSERT INTO objects (key, kind, content_hash, deployed_hash, content_changed_at_ms, claim_number, lease_run,
                        lease_until_ms)
                    VALUES ('free', 'document', \(hash), NULL, 1, 0, NULL, 0),
                        ('held', 'document', \(hash), \(.noBytes), 1, 5, 9, \(.now) + 86400000),
                        ('lost', 'document', \(hash), \(.noBytes), 1, 6, 8, 1)
                    """
                )
            }
            let store = Store(engine: engine)
            try await store.migrate(logger: logger)
            #expect(try await self.leases(store) == [[.text("held"), .integer(5), .integer(9)]])
            #expect(try await store.claimDocuments().map(\.path).sorted() == ["free", "lost"])
            try await store.returnDocuments(run: 9)
            #expect(try await store.claimDocuments().map(\.path) == ["held"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a lease that is renewed has its new end, and counts as one`(_ database: TestDatabase) async throws {
        try await self.withDocuments(database) { stores in
            let store = stores[0]
            try await self.set(Self.paths[0], "second", store)
            _ = try await store.claimDocuments(leaseMilliseconds: 60_000)
            #expect(try await store.pipelineState().leases == 1)
            let run = try await store.runs(of: .sync, limit: 1)[0].id
            try await store.renewLeases(run: run, leaseMilliseconds: 7_200_000)
            let remaining = try await store.engine.read { session in
                try session.rows("SELECT until_ms - \(.now) AS remaining FROM object_leases")[0].integer(0)
            }
            #expect((7_000_000...7_200_000).contains(remaining))
            #expect(try await store.pipelineState().leases == 1)
        }
    }
}
