package import Facts

/// What each source was found to offer.
extension Store {
    /// Keeps it, where it is another than before.
    ///
    /// - Parameters:
    ///   - words: For people.
    ///   - details: The same for the stages: text that they read.
    /// - Returns: Whether it was another.
    @discardableResult
    package func note(offer words: String, details: String, of source: SourceName) async throws -> Bool {
        let isKnown = try await self.engine.read { session in
            try !session.rows(
                "SELECT 1 FROM sources WHERE name = \(source) AND offer = \(words) AND offer_details = \(details)"
            ).isEmpty
        }
        if isKnown { return false }
        return try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO sources (name, offer, offer_details) VALUES (\(source), \(words), \(details))
                ON CONFLICT (name) DO UPDATE SET offer = excluded.offer, offer_details = excluded.offer_details
                    WHERE sources.offer IS DISTINCT FROM excluded.offer
                        OR sources.offer_details IS DISTINCT FROM excluded.offer_details
                """
            ) > 0
        }
    }

    /// The details, by source; of those of which any were kept.
    package func offerDetails() async throws -> [SourceName: String] {
        try await self.engine.read { session in
            let rows: [(SourceName, String)] = try session.rows(
                "SELECT name, offer_details FROM sources WHERE offer_details IS NOT NULL"
            ).map { (try $0["name"], try $0["offer_details"]) }
            return Dictionary(rows, uniquingKeysWith: { $1 })
        }
    }

    /// Whether documents of other sources are published, or are to be: also of those that the settings no longer have.
    package func isAnythingPublished(besides source: SourceName) async throws -> Bool {
        try await self.engine.read { session in
            let others = try session.rows("SELECT name FROM sources WHERE name <> \(source)")
            return try others.contains { row in
                let other: SourceName = try row["name"]
                // What is to be deleted is there until that was stamped.
                return try !session.rows(
                    """
                    SELECT 1 FROM packages JOIN objects ON objects.package_id = packages.id
                    WHERE packages.source = \(other) AND (content_hash IS NOT NULL OR deployed_hash IS NOT NULL) LIMIT 1
                    """
                ).isEmpty
            }
        }
    }
}
