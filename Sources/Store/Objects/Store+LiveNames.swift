package import Facts

/// What is live of sources, as a root says it.
package struct LivePackages: Sendable, Equatable {
    /// Sources of which a document is live.
    package var sources: Set<SourceName>
    /// Packages of those sources whose names can be any.
    package var names: Names

    package enum Names: Sendable, Equatable {
        /// All of them, in the order of their bytes.
        case packages([String])
        /// What stands before the slash in all of them, in the order of their bytes.
        case vendors([String])
        /// More than can be told.
        case countless
    }

    package init(sources: Set<SourceName>, names: Names) {
        self.sources = sources
        self.names = names
    }
}

extension Store {
    /// The sources of which a document is live.
    static func live(of sources: [SourceName], _ session: any SQLSession) throws -> Set<SourceName> {
        Set(
            try sources.filter { source in
                let live = try session.rows(
                    """
                    SELECT 1 FROM packages JOIN objects ON objects.package_id = packages.id
                    WHERE packages.source = \(source) AND objects.live_hash IS NOT NULL LIMIT 1
                    """
                )
                return !live.isEmpty
            }
        )
    }

    /// The most names in a root, of packages or else of vendors: Composer compares each name that it looks for with all
    /// patterns.
    package static let maxLiveNames = 1_000

    package func liveNames(
        of sources: [SourceName],
        limit: Int = Store.maxLiveNames
    ) async throws -> LivePackages.Names {
        try await self.engine.read { try Self.liveNames(of: sources, limit: limit, $0) }
    }

    /// The names of packages whose main document is live; of more than `limit` their vendors, if these are no more.
    ///
    /// Reads a few times `limit` entries of the index of names, however many packages there are.
    static func liveNames(
        of sources: [SourceName],
        limit: Int,
        _ session: any SQLSession
    ) throws -> LivePackages.Names {
        if sources.isEmpty { return .packages([]) }
        // Not by the index of sources: that of names has them in order, so that nothing is sorted.
        let isLive: SQLStatement = """
            source || '' \(anyOf: sources.map(\.rawValue)) AND EXISTS (
                SELECT 1 FROM objects
                WHERE objects.key = 'p2/' || packages.name || '.json' AND objects.package_id = packages.id
                    AND objects.live_hash IS NOT NULL
            )
            """
        let names: [String] = try session.rows(
            "SELECT name FROM packages WHERE name > '' AND \(isLive) ORDER BY name LIMIT \(Int64(limit) + 1)"
        ).map { try $0["name"] }
        if names.count <= limit { return .packages(names) }
        var vendors: [String] = []
        var next: String? = names.first
        while let name = next {
            guard vendors.count < limit else { return .countless }
            let vendor = String(name.prefix { $0 != "/" })
            vendors.append(vendor)
            // The character after the slash: what begins with it comes after all of that vendor.
            next = try session.rows(
                "SELECT name FROM packages WHERE name >= \(vendor + "0") AND \(isLive) ORDER BY name LIMIT 1"
            ).first?["name"]
        }
        return .vendors(vendors)
    }
}
