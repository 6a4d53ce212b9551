package import Facts

/// Reading who owns which names, and under which terms packages were named.
extension Store {
    /// Who owns which names now: one short transaction that reads two tables, whose rows are as many as there are sources
    /// and vendors.
    package func ownership(of sources: [OwningSource]) async throws -> Ownership {
        let recording = sources.filter { Ownership.recordsVendors($0.name, among: sources) }.map(\.name.rawValue)
        return try await self.engine.read { session in
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
            guard !recording.isEmpty else { return ownership }
            for row in try session.rows(
                "SELECT source, vendor, name, since_ms FROM vendors WHERE source \(anyOf: recording)"
            ) {
                let (source, vendor): (SourceName, String) = (try row["source"], try row["vendor"])
                ownership.vendors[source, default: [:]][vendor] = ListedVendor(
                    name: try row["name"],
                    sinceMilliseconds: try row["since_ms"]
                )
            }
            return ownership
        }
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
