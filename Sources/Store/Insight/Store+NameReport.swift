import Composer
import Facts

/// Whose names are, for people: what it costs goes by the names that are asked about, not by what sources have.
extension Store {
    /// Whose a name is, why, and who has it.
    ///
    /// - Parameter sources: In their order.
    package func report(onName name: String, of sources: [OwningSource]) async throws -> NameReport {
        // A zero byte is in no name, and PostgreSQL has no text with one.
        let name = String(name.lowercased().filter { $0 != "\0" })
        return try await self.engine.read { session in
            let holders = try Self.holders(of: [name], sources, session)
            return try Self.reports(onNames: [name], holders, sources, session)[0]
        }
    }

    /// Names that several of the sources have, in the order of upstream's names for them.
    ///
    /// - Parameters:
    ///   - last: Only what comes after this name of upstream's.
    ///   - limit: The most names, but for several of one name of upstream's. Fewer are found where many packages have no
    ///     name for other reasons: 5,000 are looked at.
    /// - Returns: Also after what the next page begins; nil where there is none.
    package func sharedNames(
        of sources: [OwningSource],
        after last: String? = nil,
        limit: Int
    ) async throws -> (names: [NameReport], next: String?) {
        let mostKeys = 5_000
        return try await self.engine.read { session in
            // Of two sources that have a name, one publishes it: the other's package has none.
            let keys = try session.rows(
                """
                SELECT DISTINCT key FROM packages
                WHERE name IS NULL AND key > \(last ?? "") AND source \(anyOf: sources.map(\.name.rawValue))
                ORDER BY key LIMIT \(Int64(mostKeys))
                """
            ).map { try $0["key"] as String }
            var seen: Set<String> = []
            let names = keys.flatMap { key in
                sources.compactMap { $0.packageName(key) }.filter { seen.insert($0).inserted }.map {
                    (key: key, name: $0)
                }
            }
            let holders = try Self.holders(of: names.map(\.name), sources, session)
            let shared = names.filter { holders[$0.name, default: []].count > 1 }
            var page = shared.prefix(max(1, limit))
            // The next page begins after the key.
            while page.endIndex < shared.count, shared[page.endIndex].key == page.last?.key {
                page = shared.prefix(page.count + 1)
            }
            let reports = try Self.reports(onNames: page.map(\.name), holders, sources, session)
            if page.count < shared.count { return (reports, page.last?.key) }
            return (reports, keys.count < mostKeys ? nil : keys.last)
        }
    }

    /// Those of the sources that know of names, in their order.
    private static func holders(
        of names: [String],
        _ sources: [OwningSource],
        _ session: any SQLSession
    ) throws -> [String: [NameReport.Holder]] {
        var holders: [String: [NameReport.Holder]] = [:]
        for source in sources {
            let names = Dictionary(
                names.compactMap { name in source.key(name).map { ($0, name) } },
                uniquingKeysWith: { first, _ in first }
            )
            let rows = try session.rows(
                "SELECT key, state FROM packages WHERE source = \(source.name) AND key \(anyOf: Array(names.keys))"
            )
            for row in rows {
                guard let name = names[try row["key"]] else { continue }
                holders[name, default: []].append(
                    NameReport.Holder(source: source.name.rawValue, state: try row["state"])
                )
            }
        }
        return holders
    }

    /// The sources whose documents are under names.
    private static func publishers(of names: [String], _ session: any SQLSession) throws -> [String: String] {
        let names = Dictionary(
            names.flatMap { name in [DocumentName.main(of: name), .dev(of: name)].map { ($0.path, name) } },
            uniquingKeysWith: { first, _ in first }
        )
        var publishers: [String: String] = [:]
        for row in try session.rows(
            """
            SELECT objects.key AS path, packages.source AS source
            FROM objects JOIN packages ON packages.id = objects.package_id
            WHERE objects.key \(anyOf: Array(names.keys)) AND objects.content_hash IS NOT NULL ORDER BY objects.key
            """
        ) {
            guard let name = names[try row["path"]], publishers[name] == nil else { continue }
            publishers[name] = try row["source"]
        }
        return publishers
    }

    private static func reports(
        onNames names: [String],
        _ holders: [String: [NameReport.Holder]],
        _ sources: [OwningSource],
        _ session: any SQLSession
    ) throws -> [NameReport] {
        var ownership = Ownership(sources: sources)
        ownership.know(try Self.vendors(of: sources, ofNames: names, session))
        let publishers = try Self.publishers(of: names, session)
        return names.map { name in
            var report = NameReport(name: name, holders: holders[name, default: []], published: publishers[name])
            report.judge(ownership)
            return report
        }
    }
}

extension NameReport {
    /// Says whose the name is, and why.
    fileprivate mutating func judge(_ ownership: Ownership) {
        if let (source, reason) = ownership.owner(of: self.name) {
            self.owner = source.rawValue
            switch reason {
            case .pattern(let pattern): (self.reason, self.evidence) = (.pattern, pattern)
            case .vendor(let vendor):
                let hasIt = self.holders.contains { $0.source == source.rawValue }
                (self.reason, self.evidence) = (hasIt ? .listed : .vendor, vendor.name)
                self.sinceMilliseconds = vendor.sinceMilliseconds
            }
        } else if let first = self.holders.first(where: { holder in
            holder.state != .missing && !ownership.givesUp(self.name, SourceName(holder.source))
        }) {
            (self.owner, self.reason) = (first.source, .first)
        }
    }
}
