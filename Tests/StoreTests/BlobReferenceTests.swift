import Composer
import Facts
import Store
import TestSupport
import Testing

/// Bytes stay as long as something names them, and no longer.
@Suite struct BlobReferenceTests {
    private var noRetention: Store.Retention {
        var retention = Store.Retention()
        retention.blobs = .seconds(-60)
        return retention
    }

    /// Blobs whose count is not that of who names them.
    private func miscounted(_ store: Store) async throws -> [String] {
        try await store.engine.read { session in
            try session.rows(
                """
                SELECT hash, refs, (
                    SELECT count(*) FROM objects WHERE content_hash = hash AND content_lost = 0
                ) + (
                    SELECT count(*) FROM packages WHERE payload_hash = hash
                        AND NOT EXISTS (SELECT 1 FROM payloads WHERE package_id = packages.id)
                ) + (SELECT count(*) FROM payloads WHERE payloads.hash = blobs.hash) AS named FROM blobs
                """
            ).compactMap { row in
                let (refs, named): (Int64, Int64) = (try row["refs"], try row["named"])
                return refs == named ? nil : "\(refs) for \(named)"
            }
        }
    }

    /// Gives each package that is due the next of `texts`; nil withdraws it.
    private func change(_ store: Store, _ slugs: [String], _ texts: [String?], revision: Int64) async throws {
        try await store.discover(slugs, revision: revision)
        let claims = try await store.claim().sorted { $0.key < $1.key }
        _ = try await store.finish(zip(claims, texts).map(self.result), run: 1)
    }

    /// With a payload that is whole for texts of an even length, and has two parts for others, one of which is the same.
    private func result(_ claim: ClaimedPackage, _ text: String?) -> PackageResult {
        PackageResult(
            claim: claim,
            state: .active,
            payload: text.map { text in
                func part(_ name: String, _ text: String) -> PayloadPart {
                    PayloadPart(name: name, bytes: Array("payload \(text)".utf8))
                }
                return StoredPayload(
                    text.utf8.count.isMultiple(of: 2)
                        ? [part(PayloadPart.whole, text)] : [part("own", text), part("common", "")]
                )
            },
            format: 1,
            documents: [("p2/a/\(claim.key).json", text.map { Blob(of: Array($0.utf8)) })],
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `a result counts once, however often it is written, and none whose lease was lost`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            for (round, text) in ["even", "odd", "two", "more"].enumerated() {
                try await store.discover(["a"], revision: Int64(round + 1))
                let late = try await store.claim(leaseMilliseconds: 0)
                let held = try await store.claim()
                #expect(try await store.finish([self.result(late[0], "late")], run: 1).lost == 1)
                try await store.forgetPayloads(late, run: 1)
                // A transaction whose commit was not heard of is tried again.
                for _ in 1...2 { _ = try await store.finish([self.result(held[0], text)], run: 1) }
                try await store.forgetPayloads(held, run: 1)
                #expect(try await self.miscounted(store).isEmpty, "\(text)")
            }
            try await store.discover(["a"], revision: 9)
            let last = try await store.claim()
            for _ in 1...2 { try await store.forgetPayloads(last, run: 1) }
            #expect(try await self.miscounted(store).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `bytes that two documents have stay until the second gives them up`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.change(store, ["a", "b"], ["same", "same"], revision: 1)
            #expect(try await self.miscounted(store).isEmpty)
            try await self.change(store, ["a"], ["other"], revision: 2)
            #expect(try await store.cleanUp(self.noRetention).blobs == 0)
            #expect(try await store.document(at: "p2/a/b.json")?.content.content() == Array("same".utf8))
            try await self.change(store, ["b"], [nil], revision: 3)
            #expect(try await self.miscounted(store).isEmpty)
            // Its payload stays, though.
            #expect(try await store.cleanUp(self.noRetention).blobs == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `a document that one package leaves and another takes in one batch is the other's, whichever comes first`(
        _ database: TestDatabase,
        _ isTakenFirst: Bool
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.change(store, ["a", "b"], ["of a", "of b"], revision: 1)
            try await store.discover(["a", "b"], revision: 2)
            let claims = try await store.claim().sorted { $0.key < $1.key }
            var results = zip(claims, ["a elsewhere", "b where a was"]).map(self.result)
            results[0].documents[0].path = "p2/a/c.json"
            results[1].documents[0].path = "p2/a/a.json"
            _ = try await store.finish(isTakenFirst ? results.reversed() : results, run: 1)
            for (name, expected) in [("a", "b where a was"), ("b", nil), ("c", "a elsewhere")] {
                let content = try await store.document(at: "p2/a/\(name).json")?.content.content()
                #expect(content == expected.map { Array($0.utf8) }, "\(name)")
            }
            #expect(try await self.miscounted(store).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `after any history the counts are those of who names what`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            var random = SplitMix(seed: 11)
            let slugs = (0..<12).map { "p\($0 + 10)" }
            for revision in 1...60 {
                let changed = slugs.filter { _ in Bool.random(using: &random) }
                let numbers = changed.map { _ in Int.random(in: 0..<6, using: &random) }
                let texts = numbers.map { $0 == 0 ? nil : String(repeating: "text", count: $0) + ($0 > 3 ? "." : "") }
                try await self.change(stores[revision % 2], changed, texts, revision: Int64(revision))
                if revision.isMultiple(of: 7) {
                    let claims = try await stores[0].claimDocuments()
                    _ = try await stores[0].stampDeployed(claims.map(\.stamp), run: 1)
                }
                if revision.isMultiple(of: 11) {
                    let claims = try await stores[0].claimDocuments()
                    let damaged = try await stores[0].contents(claims.compactMap(\.content)).values
                    try await stores[0].loseContents(
                        of: claims.map { ($0, "lost", 0) },
                        damaged: Array(damaged),
                        run: 1
                    )
                }
                if revision.isMultiple(of: 5) { _ = try await stores[1].cleanUp(self.noRetention) }
                #expect(try await self.miscounted(stores[0]).isEmpty, "after \(revision) changes")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `two writers of the same bytes count both, and wait for each other in one order`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 4) { stores in
            let slugs = (0..<40).map { "p\($0 + 10)" }
            for revision in 1...6 {
                try await stores[0].discover(slugs, revision: Int64(revision))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, store) in stores.enumerated() {
                        group.addTask {
                            let claims = try await store.claim(10).shuffled()
                            let content = Blob(of: Array("text \((index + revision) % 3)".utf8))
                            let results = claims.map { claim in
                                PackageResult(
                                    claim: claim,
                                    state: .active,
                                    format: 1,
                                    documents: [("p2/a/\(claim.key).json", content)],
                                    isSettled: true,
                                    looks: 0,
                                    nextLook: .after(3_600_000)
                                )
                            }
                            _ = try await store.finish(results, run: 1)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await self.miscounted(stores[0]).isEmpty)
            }
        }
    }
}
