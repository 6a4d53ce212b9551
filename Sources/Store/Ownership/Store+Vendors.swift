package import Facts

/// Vendors that a source is found to have.
extension Store {
    /// Records vendors of a source, and takes their names from the sources after it.
    ///
    /// In one transaction: once a vendor is recorded, no later source has a document under its names, nobody at work on
    /// one writes it any more, and its packages are named anew before any of them is claimed again. Only a source whose
    /// packages were named under other terms keeps what it has: that the settings have changed, a person confirms.
    ///
    /// - Parameter vendors: A name of each.
    /// - Returns: How many names later sources have lost, and how many of their documents were withdrawn.
    package func addVendors(
        _ vendors: [String: String],
        to source: SourceName,
        _ ownership: Ownership,
        run: RunID
    ) async throws -> (names: Int, documentsWithdrawn: Int) {
        let later = ownership.after(source).map(\.name).sorted()
        let givesUp: @Sendable (String) -> Bool = { ownership.givesUp($0, source) }
        let sorted = vendors.sorted { $0.key < $1.key }
        return try await self.engine.write { session in
            // In one order for all, so that no two transactions wait for each other; and before any package.
            var terms: [SourceName: String] = [:]
            for name in later {
                try session.execute("INSERT INTO sources (name) VALUES (\(name)) ON CONFLICT (name) DO NOTHING")
                let row = try session.rows("SELECT owners FROM sources WHERE name = \(name) \(.lockedRow)").first
                let owners: String? = try row?["owners"]
                terms[name] = owners
            }
            let inserted = try session.execute(
                """
                INSERT INTO vendors (source, vendor, name, since_ms)
                VALUES (\(named: "source"), \(named: "vendor"), \(named: "name"), \(.now))
                ON CONFLICT (source, vendor) DO NOTHING
                """,
                each: sorted.map { ["source": .text(source), "vendor": .text($0.key), "name": .text($0.value)] }
            )
            let new = zip(sorted, inserted).filter { $0.1 == 1 }.map(\.0.key)
            guard let first = new.first else { return (0, 0) }
            // Unlike any naming before: a rule that was made without these vendors names nothing any more.
            let naming = "before \(first) of \(source)"
            var (names, documents) = (0, 0)
            for name in later {
                try session.execute("UPDATE sources SET naming = \(naming) WHERE name = \(name)")
                guard terms[name, default: ""] == ownership.terms(of: name) else { continue }
                let ids = try new.flatMap { try Self.packages(ofVendor: $0, name, session) }
                    .filter { !givesUp($0.name) }.map(\.id)
                if ids.isEmpty { continue }
                let lost = try Self.rename(ids, source: name, run: run, name: { _ in nil }, session)
                names += ids.count
                documents += lost.documentsWithdrawn
            }
            return (names, documents)
        }
    }

    private static func packages(
        ofVendor vendor: String,
        _ source: SourceName,
        _ session: any SQLSession
    ) throws -> [(id: Int64, name: String)] {
        // The zero comes next after the slash.
        try session.rows(
            """
            SELECT id, name FROM packages
            WHERE name >= \("\(vendor)/") AND name < \("\(vendor)0") AND source = \(source)
            """
        ).map { (try $0["id"], try $0["name"]) }
    }
}
