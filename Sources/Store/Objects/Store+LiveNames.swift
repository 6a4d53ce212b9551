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

    /// - Parameter few: Up to as many packages of all sources asked for are read at once.
    package func liveNames(
        of sources: [SourceName],
        limit: Int = Store.maxLiveNames,
        few: Int = Store.fewPackages
    ) async throws -> LivePackages.Names {
        try await self.engine.read { try Self.liveNames(of: sources, limit: limit, few: few, $0) }
    }

    package static let fewPackages = 5_000

    /// The names of packages whose main document is live; of more than `limit` their vendors, if these are no more.
    ///
    /// Reads a few times `limit` entries of the index of names where there are many packages, else all of these sources.
    static func liveNames(
        of sources: [SourceName],
        limit: Int,
        few: Int = Store.fewPackages,
        _ session: any SQLSession
    ) throws -> LivePackages.Names {
        if sources.isEmpty { return .packages([]) }
        if let names = try Self.names(of: sources, few: few, session) { return Self.liveNames(names, limit: limit) }
        let texts = sources.map(\.rawValue)
        // Not by the index of sources, but by that of names, which has them in order: nothing is sorted.
        let isLive: SQLStatement = "source || '' \(anyOf: texts) AND \(Self.isLive)"
        let names: [String] = try session.rows(
            "SELECT name FROM packages WHERE name > '' AND \(isLive) ORDER BY name LIMIT \(Int64(limit) + 1)"
        ).map { try $0["name"] }
        if names.count <= limit { return .packages(names) }
        var vendors: [String] = []
        var next: String? = names.first
        while let name = next {
            guard vendors.count < limit else { return .countless }
            let vendor = Self.vendor(of: name)
            vendors.append(vendor)
            // The character after the slash: what begins with it comes after all of that vendor.
            next = try session.rows(
                "SELECT name FROM packages WHERE name >= \(vendor + "0") AND \(isLive) ORDER BY name LIMIT 1"
            ).first?["name"]
        }
        return .vendors(vendors)
    }

    /// All names of packages whose main document is live, in order; nil where there are more than few packages.
    ///
    /// Source by source and sorted here: by the index of names the packages of all other sources would be passed over.
    private static func names(
        of sources: [SourceName],
        few: Int,
        _ session: any SQLSession
    ) throws -> [String]? {
        var left = few
        for source in sources {
            let limit = Int64(left) + 1
            left -=
                try session.rows(
                    """
                    SELECT count(*) AS count FROM (
                        SELECT 1 FROM packages WHERE source = \(source) LIMIT \(limit)
                    ) AS counted
                    """
                )[0]["count"] as Int
            if left < 0 { return nil }
        }
        var names: [String] = []
        for source in sources {
            names += try session.rows(
                "SELECT name FROM packages WHERE source = \(source) AND name || '' > '' AND \(Self.isLive)"
            ).map { try $0["name"] as String }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// A value rather than `EXISTS`, which PostgreSQL makes a join of all packages and objects of.
    private static let isLive: SQLStatement = """
        (
            SELECT 1 FROM objects
            WHERE objects.key = 'p2/' || packages.name || '.json' AND objects.package_id = packages.id
                AND objects.live_hash IS NOT NULL
        ) IS NOT NULL
        """

    /// - Parameter names: In order, so that those of a vendor are beside each other.
    private static func liveNames(_ names: [String], limit: Int) -> LivePackages.Names {
        if names.count <= limit { return .packages(names) }
        var vendors: [String] = []
        for vendor in names.lazy.map({ Self.vendor(of: $0) }) where vendor != vendors.last { vendors.append(vendor) }
        return vendors.count <= limit ? .vendors(vendors) : .countless
    }

    private static func vendor(of name: String) -> String { String(name.prefix { $0 != "/" }) }
}
