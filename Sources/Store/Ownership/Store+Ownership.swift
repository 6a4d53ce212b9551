package import Facts

/// Reading who owns which names, and under which terms packages were named.
extension Store {
    /// Who owns which names now, as two tables say in one short transaction.
    ///
    /// - Parameter needsVendors: Whether anybody will ask whose a name is, by what is known without the vendors. There are
    ///   as many of them as all sources have.
    package func ownership(
        of sources: [OwningSource],
        needsVendors: @escaping @Sendable (Ownership) -> Bool = { _ in true }
    ) async throws -> Ownership {
        try await self.engine.read { session in
            var ownership = Ownership(sources: sources)
            let rows = try session.rows(
                """
                SELECT name, naming, owners, vendors_at_ms FROM sources WHERE name \(anyOf: sources.map(\.name.rawValue))
                """
            )
            for row in rows {
                let name: SourceName = try row["name"]
                let (naming, owners): (String?, String?) = (try row["naming"], try row["owners"])
                ownership.namings[name] = naming
                ownership.storedTerms[name] = owners
                let listedAt: Int64? = try row["vendors_at_ms"]
                if listedAt != nil { ownership.listed.insert(name) }
            }
            ownership.vendorCounts = try Self.vendorCounts(of: sources, session)
            if needsVendors(ownership) { ownership.know(try Self.vendors(of: sources, session)) }
            return ownership
        }
    }

    /// The vendors that keep later sources from names.
    ///
    /// - Parameter names: Only those of these names, where given.
    static func vendors(
        of sources: [OwningSource],
        ofNames names: [String]? = nil,
        _ session: any SQLSession
    ) throws -> [SourceName: [String: ListedVendor]] {
        let recording = Ownership.recording(sources)
        guard !recording.isEmpty else { return [:] }
        let restriction: SQLStatement =
            names.map { names in "AND vendor \(anyOf: Array(Set(names.map(ListedVendor.vendor(of:)))))" } ?? ""
        var vendors: [SourceName: [String: ListedVendor]] = [:]
        for row in try session.rows(
            "SELECT source, vendor, name, since_ms FROM vendors WHERE source \(anyOf: recording) \(restriction)"
        ) {
            let (source, vendor): (SourceName, String) = (try row["source"], try row["vendor"])
            vendors[source, default: [:]][vendor] = ListedVendor(
                name: try row["name"],
                sinceMilliseconds: try row["since_ms"]
            )
        }
        return vendors
    }

    private static func vendorCounts(
        of sources: [OwningSource],
        _ session: any SQLSession
    ) throws -> [SourceName: Int] {
        let recording = Ownership.recording(sources)
        guard !recording.isEmpty else { return [:] }
        let rows: [(SourceName, Int)] = try session.rows(
            "SELECT source, count(*) AS count FROM vendors WHERE source \(anyOf: recording) GROUP BY source"
        ).map { (try $0["source"], try $0["count"]) }
        return Dictionary(rows, uniquingKeysWith: { $1 })
    }

    /// A source's packages are named under these terms.
    package func setTerms(_ terms: String, of source: SourceName) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO sources (name, owners) VALUES (\(source), \(terms))
                ON CONFLICT (name) DO UPDATE SET owners = excluded.owners
                """
            )
        }
    }

    /// A listing was taken in as a whole, and the vendors of all its names.
    package func noteVendorsListed(source: SourceName) async throws {
        _ = try await self.engine.write { session in
            try session.execute("UPDATE sources SET vendors_at_ms = \(.now) WHERE name = \(source)")
        }
    }
}
