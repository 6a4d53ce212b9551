import Composer
import Facts
import Store
import TestSupport
import Testing

/// What the change log says of paths, as it is kept and put together.
@Suite struct LogFactTests {
    private let day: Int64 = 86_400_000

    private func run(_ store: Store) async throws -> RunID {
        try await store.beginRun(.discover, worker: "test", version: "test")
    }

    /// The facts of one package after the given stretches were recorded in the given order.
    private func facts(
        _ store: Store,
        _ stretches: [(records: PackageRecord, progress: Store.Progress)]
    ) async throws -> ClaimedPackage {
        let run = try await self.run(store)
        _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.day)
        for (record, progress) in stretches {
            _ = try await store.recordLog(
                [record],
                source: Store.source,
                progress: progress,
                run: run,
                leaseMilliseconds: self.day
            )
        }
        return try #require(try await store.claim().first)
    }

    private func record(_ revision: Int64, _ paths: [PathRecord], folders: [FolderChange] = []) -> PackageRecord {
        PackageRecord(
            key: "akismet",
            revision: revision,
            dateMilliseconds: revision * 10,
            paths: paths,
            folders: folders
        )
    }

    private func path(_ path: String, _ revision: Int64, appeared: Int64? = nil, removed: Bool = false) -> PathRecord {
        PathRecord(
            path: path,
            history: PathHistory(
                last: PathHistory.Event(revision: revision, dateMilliseconds: revision * 10),
                isRemoved: removed,
                appeared: appeared.map { PathHistory.Event(revision: $0, dateMilliseconds: $0 * 10) }
            )
        )
    }

    private func folder(_ prefix: String, _ revision: Int64, _ content: FolderChange.Content) -> FolderChange {
        FolderChange(prefix: prefix, revision: revision, dateMilliseconds: revision * 10, content: content)
    }

    @Test(arguments: TestDatabase.allCases)
    func `facts from a backfill complete what the newer log says and never replace it`(_ database: TestDatabase)
        async throws
    {
        let older = self.record(
            5,
            [
                self.path("tags/1", 3, appeared: 2), self.path("tags/2", 4, appeared: 4),
                self.path("tags/3", 5, appeared: 5),
            ]
        )
        let newer = self.record(
            9,
            [self.path("tags/1", 8), self.path("tags/2", 9, removed: true), self.path("tags/3", 7, appeared: 7)]
        )
        let logOfNewer = Store.Progress.cursor(9, dateMilliseconds: nil, logFrom: 6)
        let inOrder = try await database.with { stores in
            try await self.facts(
                stores[0],
                [
                    (older, .cursor(5, dateMilliseconds: nil, logFrom: 1)),
                    (newer, .cursor(9, dateMilliseconds: nil, logFrom: 1)),
                ]
            )
        }
        let backwards = try await database.with { stores in
            try await self.facts(
                stores[0],
                [(newer, logOfNewer), (older, .backfill(from: 1, cursor: 5, isComplete: true))]
            )
        }
        #expect(inOrder.facts == backwards.facts)
        #expect(inOrder.removedPaths == backwards.removedPaths)
        #expect(inOrder.facts["tags/1"]?.appearedAtMilliseconds == 20)
        #expect(inOrder.facts["tags/1"]?.revision == 8)
        #expect(inOrder.facts["tags/3"]?.appearedAtMilliseconds == 70)
        #expect(inOrder.removedPaths == ["tags/2": 9])
    }

    @Test(arguments: TestDatabase.allCases)
    func `a removed directory takes the facts below it along`(_ database: TestDatabase) async throws {
        let claim = try await database.with { stores in
            try await self.facts(
                stores[0],
                [
                    (
                        self.record(3, [self.path("trunk", 3), self.path("tags/1", 2, appeared: 2)]),
                        .cursor(3, dateMilliseconds: nil, logFrom: 1)
                    ),
                    (
                        self.record(
                            6,
                            [self.path("tags/2", 6, appeared: 6)],
                            folders: [self.folder("tags/", 5, .nothing)]
                        ),
                        .cursor(6, dateMilliseconds: nil, logFrom: 1)
                    ),
                ]
            )
        }
        #expect(claim.facts["tags/2"]?.revision == 6)
        #expect(claim.facts["trunk"]?.revision == 3)
        #expect(claim.removedPaths == ["tags/1": 5, "tags/": 5])
        // Should upstream go on listing it, this is where Subversion has it.
        #expect(claim.facts["tags/1"] == LogFact(revision: 4))
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a copy brings back has its revisions again, also where they come with a backfill`(
        _ database: TestDatabase
    ) async throws {
        let older = self.record(
            40,
            [
                self.path("trunk", 40, appeared: 1), self.path("tags/1", 30, appeared: 10),
                self.path("tags/2", 35, appeared: 20), self.path("tags/3", 38, appeared: 36),
                self.path("tags/4", 37, appeared: 12, removed: true),
            ]
        )
        // All tags go, and come back as they were in revision 34; one of them is touched since.
        let newer = self.record(
            70,
            [self.path("tags/5", 45, appeared: 45), self.path("tags/1", 70)],
            folders: [self.folder("tags/", 50, .nothing), self.folder("tags/", 60, .itself(at: 34))]
        )
        let inOrder: [(records: PackageRecord, progress: Store.Progress)] = [
            (older, .cursor(40, dateMilliseconds: nil, logFrom: 1)),
            (newer, .cursor(70, dateMilliseconds: nil, logFrom: 1)),
        ]
        let backwards: [(records: PackageRecord, progress: Store.Progress)] = [
            (newer, .cursor(70, dateMilliseconds: nil, logFrom: 41)),
            (older, .backfill(from: 1, cursor: 40, isComplete: true)), (older, inOrder[0].progress),
        ]
        for stretches in [inOrder, backwards] {
            let claim = try await database.with { try await self.facts($0[0], stretches) }
            func fact(_ revision: Int64, _ appeared: Int64?) -> LogFact {
                LogFact(
                    revision: revision,
                    changedAtMilliseconds: revision * 10,
                    appearedAtMilliseconds: appeared.map { $0 * 10 }
                )
            }
            #expect(claim.facts["trunk"] == fact(40, 1))
            #expect(claim.facts["tags/1"] == fact(70, 10))
            // Touched after what was copied: which revision it had then is not known, that of the copy is certain.
            #expect(claim.facts["tags/2"] == fact(60, 20))
            #expect(claim.facts["tags/4"] == fact(60, 12))
            #expect(claim.facts["tags/"] == fact(60, nil), "what the log has never named")
            // Not there in revision 34, as far as is known; were it listed, the copy has brought it.
            #expect(claim.facts["tags/3"] == fact(60, nil))
            #expect(claim.facts["tags/5"] == fact(60, nil))
            #expect(claim.removedPaths == [:])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what upstream has imported stays known beside what is newer, until it is settled`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let run = try await self.run(store)
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.day)
            func record(_ revision: Int64, _ paths: [PathRecord], _ folders: [FolderChange] = []) async throws {
                _ = try await store.recordLog(
                    [self.record(revision, paths, folders: folders)],
                    source: Store.source,
                    progress: .cursor(Position(revision), dateMilliseconds: nil, logFrom: 1),
                    run: run,
                    leaseMilliseconds: self.day
                )
            }
            func settle(_ claim: ClaimedPackage, isSettled: Bool = true) async throws {
                let result = PackageResult(
                    claim: claim,
                    state: .active,
                    format: 1,
                    isSettled: isSettled,
                    looks: 0,
                    nextLook: .after(0)
                )
                _ = try await store.finish([result], run: run)
            }
            try await record(5, [self.path("tags/1", 5, appeared: 3), self.path("tags/2", 4, appeared: 4)])
            let first = try #require(try await store.claim().first)
            // Nothing is known to be imported but what has come into being and is listed.
            #expect(first.importedFacts.mapValues(\.revision) == ["tags/1": 3, "tags/2": 4])
            try await settle(first)
            try await record(7, [self.path("tags/1", 7), self.path("tags/3", 6, appeared: 6)])
            try await record(9, [self.path("tags/1", 8)], [self.folder("tags/", 9, .another)])
            let behind = try #require(try await store.claim().first)
            #expect(behind.facts.mapValues(\.revision) == ["tags/1": 9, "tags/2": 9, "tags/3": 9, "tags/": 9])
            #expect(behind.importedFacts.mapValues(\.revision) == ["tags/1": 5, "tags/2": 4, "tags/3": 6])
            #expect(behind.importedFacts["tags/1"]?.appearedAtMilliseconds == 30)
            try await settle(behind, isSettled: false)
            let again = try #require(try await store.claim().first)
            #expect(again.importedFacts == behind.importedFacts)
            try await settle(again)
            try await record(10, [self.path("tags/1", 10, removed: true)])
            let gone = try #require(try await store.claim().first)
            #expect(gone.removedPaths == ["tags/1": 10])
            #expect(gone.importedFacts["tags/1"]?.revision == 9)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a cursor that is set back drops what came from beyond, and what was imported is newest again`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let first = try await self.facts(
                store,
                [(self.record(5, [self.path("tags/1", 5, appeared: 3)]), .cursor(5, dateMilliseconds: nil, logFrom: 1))]
            )
            try await store.publish(first, "first")
            _ = try await store.engine.write { try $0.execute("UPDATE sources SET lease_until_ms = 0") }
            let beyond = self.record(
                900,
                [self.path("tags/1", 900), self.path("tags/2", 800, appeared: 800)],
                folders: [self.folder("tags/", 850, .another)]
            )
            let wrong = try await self.facts(store, [(beyond, .cursor(900, dateMilliseconds: nil, logFrom: 1))])
            #expect(wrong.facts["tags/1"]?.revision == 900)
            _ = try await store.engine.write { try $0.execute("DELETE FROM package_leases") }
            let run = try await self.run(store)
            _ = try await store.engine.write { try $0.execute("UPDATE sources SET lease_until_ms = 0") }
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.day)
            _ = try await store.resetCursor(youngest: 6, run: run)
            let again = try #require(try await store.claim().first)
            #expect(again.facts == first.facts)
            #expect(again.removedPaths == [:])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: however often a folder comes and goes, its newest changes are kept and no more`(
        _ database: TestDatabase
    ) async throws {
        let claim = try await database.with { stores in
            let claim = try await self.facts(
                stores[0],
                (0..<5).map { stretch in
                    let revisions = (1...50).map { Int64(stretch * 50 + $0) }
                    let record = self.record(
                        revisions[49],
                        [],
                        folders: revisions.map { self.folder("tags/", $0, $0 % 2 == 0 ? .nothing : .another) }
                    )
                    return (record, .cursor(Position(revisions[49]), dateMilliseconds: nil, logFrom: 1))
                }
            )
            let kept = try await stores[0].engine.read { session in
                try session.rows("SELECT count(*), min(revision) FROM log_folders").first.map {
                    [try $0.integer(0), try $0.integer(1)]
                }
            }
            #expect(kept == [Int64(FolderChange.maxKept), 251 - Int64(FolderChange.maxKept)])
            return claim
        }
        #expect(claim.removedPaths == ["tags/": 250])
    }
}
