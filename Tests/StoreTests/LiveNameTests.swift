import Composer
import Facts
import Store
import TestSupport
import Testing

/// What a root names, of packages whose names can be any.
@Suite struct LiveNameTests {
    private static let source: SourceName = "composer:acme"

    /// Makes packages of these names, of which those without a minus in front are live.
    private func make(_ names: [String], of source: SourceName = Self.source, in store: Store) async throws {
        _ = try await store.engine.write { session in
            try session.execute("INSERT INTO sources (name) VALUES (\(source)) ON CONFLICT (name) DO NOTHING")
            for text in names {
                let name = text.hasPrefix("-") ? String(text.dropFirst()) : text
                let hash = SQLValue.blob(text == name ? [UInt8](repeating: 7, count: 32) : nil)
                try session.execute(
                    "INSERT INTO packages (source, key, name, state) VALUES (\(source), \(name), \(name), 'active')"
                )
                for end in ["", "~dev"] {
                    try session.execute(
                        """
                        INSERT INTO objects (key, kind, package_id, content_hash, deployed_hash, live_hash, content_changed_at_ms)
                        SELECT \("p2/\(name)\(end).json"), 'document', id, \(hash), \(hash), \(hash), 0
                        FROM packages WHERE source = \(source) AND key = \(name)
                        """
                    )
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `packages that are live are named up to the limit, in the order of their bytes, and of the sources asked for`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.make(["b/b", "a/z", "-a/not-live", "a-a/x"], in: store)
            try await self.make(["wp-plugin/akismet"], of: "wordpress-plugins", in: store)
            try await self.make(["c/c"], of: "composer:other", in: store)
            let names = ["a-a/x", "a/z", "b/b"]
            for few in [0, 100] {
                let own = try await store.liveNames(of: [Self.source], limit: 3, few: few)
                #expect(own == .packages(names))
                let both = try await store.liveNames(of: [Self.source, "composer:other"], limit: 4, few: few)
                #expect(both == .packages(names + ["c/c"]))
            }
            #expect(try await store.liveNames(of: [], limit: 3) == .packages([]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of more than the limit each vendor is named once, and of more vendors than that none`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.make(["a/1", "a/2", "a-b/1", "a0/1", "-gone/1", "z/1", "z/2"], in: store)
            try await self.make(["m/1"], of: "wordpress-plugins", in: store)
            for few in [0, 100] {
                let vendors = try await store.liveNames(of: [Self.source], limit: 4, few: few)
                #expect(vendors == .vendors(["a-b", "a", "a0", "z"]))
                let countless = try await store.liveNames(of: [Self.source], limit: 3, few: few)
                #expect(countless == .countless)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a source offers is written when it is another than before, and at no other time`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            var written: [Bool] = []
            for details in ["{}", "{}", "{1}"] {
                written.append(try await store.note(offer: "list", details: details, of: Self.source))
            }
            #expect(written == [true, false, true])
            #expect(try await store.offerDetails() == [Self.source: "{1}"])
            #expect(try await store.pipelineState().sources.map(\.offer) == ["list"])
        }
    }
}
