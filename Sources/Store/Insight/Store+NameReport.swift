import Composer
import Facts

/// Whose names are, for people.
extension Store {
    /// Whose a name is, why, and who has it.
    package func report(onName name: String, _ ownership: Ownership) async throws -> NameReport {
        // A zero byte is in no name, and PostgreSQL has no text with one.
        let name = String(name.lowercased().filter { $0 != "\0" })
        return try await self.engine.read { try Self.report(onName: name, ownership, $0) }
    }

    /// Names that several of the sources have, in the order of upstream's names for them.
    ///
    /// - Parameters:
    ///   - last: Only what comes after this name of upstream's.
    ///   - limit: The most names. Fewer are found where many packages have no name for other reasons: 5,000 are looked at.
    /// - Returns: Also after what the next page begins; nil where there is none.
    package func sharedNames(
        _ ownership: Ownership,
        after last: String? = nil,
        limit: Int
    ) async throws -> (names: [NameReport], next: String?) {
        let sources = ownership.sources.map(\.name.rawValue)
        let mostKeys = 5_000
        return try await self.engine.read { session in
            var (found, seen) = ([NameReport](), Set<String>())
            // Of two sources that have a name, one publishes it: the other's package has none.
            let keys = try session.rows(
                """
                SELECT DISTINCT key FROM packages
                WHERE name IS NULL AND key > \(last ?? "") AND source \(anyOf: sources)
                ORDER BY key LIMIT \(Int64(mostKeys))
                """
            ).map { try $0["key"] as String }
            for (index, key) in keys.enumerated() {
                for name in ownership.sources.compactMap({ $0.packageName(key) }) where seen.insert(name).inserted {
                    let report = try Self.report(onName: name, ownership, session)
                    if report.holders.count > 1 { found.append(report) }
                }
                if found.count >= limit { return (found, index + 1 < keys.count ? key : nil) }
            }
            return (found, keys.count < mostKeys ? nil : keys.last)
        }
    }

    private static func report(
        onName name: String,
        _ ownership: Ownership,
        _ session: any SQLSession
    ) throws -> NameReport {
        let holders = try ownership.sources.compactMap { source -> NameReport.Holder? in
            guard let key = source.key(name) else { return nil }
            let row = try session.rows(
                "SELECT state FROM packages WHERE source = \(source.name) AND key = \(key)"
            ).first
            return try row.map { NameReport.Holder(source: source.name.rawValue, state: try $0["state"]) }
        }
        let paths = [DocumentName.main(of: name), .dev(of: name)].map(\.path)
        let published: String? = try session.rows(
            """
            SELECT packages.source FROM objects JOIN packages ON packages.id = objects.package_id
            WHERE objects.key \(anyOf: paths) AND objects.content_hash IS NOT NULL ORDER BY objects.key LIMIT 1
            """
        ).first?["source"]
        var report = NameReport(name: name, holders: holders, published: published)
        if let (source, reason) = ownership.owner(of: name) {
            report.owner = source.rawValue
            switch reason {
            case .pattern(let pattern): (report.reason, report.evidence) = (.pattern, pattern)
            case .vendor(let vendor):
                let hasIt = holders.contains { $0.source == source.rawValue }
                (report.reason, report.evidence) = (hasIt ? .listed : .vendor, vendor.name)
                report.sinceMilliseconds = vendor.sinceMilliseconds
            }
        } else if let first = holders.first(where: { holder in
            holder.state != .missing && !ownership.givesUp(name, SourceName(holder.source))
        }) {
            (report.owner, report.reason) = (first.source, .first)
        }
        return report
    }
}
