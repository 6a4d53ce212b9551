import Facts
import Store
import TestSupport
import Testing

/// Claims go on from where the last ones ended, and nothing that is behind them is forgotten.
@Suite struct ClaimPlaceTests {
    private let slugs = ["a", "b", "c", "d", "e", "f"]

    private struct Run {
        let store: Store
        let id: RunID
        var lease: Int64 = 86_400_000
        let places = ClaimPlaces()
    }

    private func path(_ slug: String) -> String { "p2/wp-plugin/\(slug).json" }

    private func claimDocuments(_ run: Run, _ limit: Int) async throws -> [String] {
        let claims = try await run.store.claimDirty(
            kind: .document,
            limit: limit,
            run: run.id,
            leaseMilliseconds: run.lease,
            places: run.places
        )
        return claims.map(\.path).sorted()
    }

    private func claimPackages(_ run: Run, _ limit: Int) async throws -> [String] {
        let claims = try await run.store.claimDue(
            source: SourceName("wordpress-plugins"),
            limit: limit,
            run: run.id,
            leaseMilliseconds: run.lease,
            places: run.places
        )
        return claims.map(\.key).sorted()
    }

    private func publish(_ store: Store) async throws {
        try await store.discover(self.slugs)
        for claim in try await store.claim() { try await store.publish(claim, "of \(claim.key)") }
    }

    @Test(arguments: TestDatabase.allCases)
    func `documents that were given back are claimed again, with those that come after them`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 2) { stores in
            try await self.publish(stores[0])
            let (one, other) = (Run(store: stores[0], id: 1), Run(store: stores[1], id: 2))
            #expect(try await self.claimDocuments(one, 2) == ["a", "b"].map(self.path))
            // What one holds another passes over, wherever it begins.
            #expect(try await self.claimDocuments(other, 1) == [self.path("c")])
            #expect(try await self.claimDocuments(one, 1) == [self.path("d")])
            try await stores[0].returnDocuments(run: 1)
            // Another run begins at the front.
            let third = Run(store: stores[0], id: 3)
            #expect(try await self.claimDocuments(third, 1) == [self.path("a")])
            try await stores[0].returnDocuments(run: 3)
            #expect(try await self.claimDocuments(one, 9) == ["a", "b", "d", "e", "f"].map(self.path))
            #expect(try await self.claimDocuments(one, 9).isEmpty)
            try await stores[1].returnDocuments(run: 2)
            #expect(try await self.claimDocuments(one, 9) == [self.path("c")])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what becomes dirty behind the last claim is claimed when those after it are done`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            try await self.publish(stores[0])
            let run = Run(store: stores[0], id: 1)
            let claims = try await stores[0].claimDirty(
                kind: .document,
                limit: 3,
                run: 1,
                leaseMilliseconds: run.lease,
                places: run.places
            )
            _ = try await stores[0].stampDeployed(claims.map(\.stamp), run: 1)
            _ = try await stores[0].markForUpload(paths: [self.path("a")])
            #expect(try await self.claimDocuments(run, 2) == ["d", "e"].map(self.path))
            #expect(try await self.claimDocuments(run, 2) == ["a", "f"].map(self.path))
            #expect(try await self.claimDocuments(run, 2).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `packages that were given back, or are due since long, are claimed again`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            try await stores[0].discover(self.slugs)
            let run = Run(store: stores[0], id: 1)
            // An order of their own, whatever the clock said.
            try await stores[0].engine.write { session in
                for (index, slug) in self.slugs.enumerated() {
                    try session.execute("UPDATE packages SET due_at_ms = \(Int64(index + 1) * 10) WHERE key = \(slug)")
                }
            }
            #expect(try await self.claimPackages(run, 3) == ["a", "b", "c"])
            try await stores[0].engine.write { session in
                try session.execute("UPDATE packages SET due_at_ms = 5 WHERE key = 'b'")
                _ = try session.execute(
                    "DELETE FROM package_leases WHERE package_id = (SELECT id FROM packages WHERE key = 'b')"
                )
            }
            #expect(try await self.claimPackages(run, 2) == ["d", "e"])
            #expect(try await self.claimPackages(run, 2) == ["b", "f"])
            #expect(try await self.claimPackages(run, 2).isEmpty)
            try await stores[0].returnPackages(run: 1)
            #expect(try await self.claimPackages(run, 9) == self.slugs)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a lease that ends at once has nothing claimed twice by one claim`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            try await self.publish(stores[0])
            let run = Run(store: stores[0], id: 1, lease: -1)
            #expect(try await self.claimDocuments(run, 2) == ["a", "b"].map(self.path))
            #expect(try await self.claimDocuments(run, 9) == self.slugs.map(self.path))
            _ = try await stores[0].makeDue(ids: nil)
            #expect(try await self.claimPackages(run, 2).count == 2)
            #expect(try await self.claimPackages(run, 9) == self.slugs)
        }
    }
}
