package import Facts

/// Narrowing a run to what an operator named.
extension Store {
    /// The ids of the selected packages.
    ///
    /// - Returns: Also the selected keys that no source has, for the operator to correct.
    package func packageIDs(
        _ selection: PackageSelection
    ) async throws -> (ids: [Int64], unknown: [(source: SourceName, key: String)]) {
        try await self.engine.read { session in
            var ids: [Int64] = []
            var unknown: [(source: SourceName, key: String)] = []
            for (source, key) in selection.keys {
                let rows = try session.rows(
                    "SELECT id FROM packages WHERE source = \(source) AND key = \(key)"
                )
                if rows.isEmpty { unknown.append((source, key)) }
                ids += try rows.map { try $0["id"] }
            }
            if let run = selection.run {
                let touched: [Int64] = try session.rows(
                    "SELECT id FROM packages WHERE discovered_run = \(run) OR updated_run = \(run)"
                ).map { try $0["id"] }
                ids = selection.keys.isEmpty ? touched : ids.filter(Set(touched).contains)
            }
            return (ids, unknown)
        }
    }

    /// Makes packages due now, so that a run asks for them whatever was planned.
    ///
    /// - Parameter ids: Only these; nil is every package.
    package func makeDue(ids: [Int64]?) async throws -> Int {
        let restriction: SQLStatement = ids.map { "AND id \(anyOf: $0)" } ?? ""
        return try await self.engine.write { session in
            try session.execute(
                "UPDATE packages SET due_at_ms = \(.now) WHERE (due_at_ms > \(.now) OR due_at_ms IS NULL) \(restriction)"
            )
        }
    }

    /// Makes all packages of a source due now, a page in a transaction.
    ///
    /// Whoever is at work on one may have asked before what is not told has happened: its claim is taken away.
    package func makeDue(source: SourceName, pageSize: Int = 10_000) async throws -> Int {
        var (count, last, isLastPage) = (0, "", false)
        while !isLastPage {
            let page = try await self.keys(of: source, after: last, limit: pageSize)
            isLastPage = page.count < pageSize
            guard let first = page.first?.key, let end = page.last?.key else { break }
            last = end
            count += try await self.engine.write { session in
                let ids: [Int64] = try session.rows(
                    """
                    UPDATE packages
                    SET due_at_ms = CASE WHEN due_at_ms < \(.now) THEN due_at_ms ELSE \(.now) END
                    WHERE source = \(source) AND key >= \(first) AND key <= \(end)
                        AND (due_at_ms > \(.now) OR due_at_ms IS NULL OR \(Self.packageLeases.isHeld))
                    RETURNING id
                    """
                ).map { try $0["id"] }
                try Self.packageLeases.drop(ids, session)
                return ids.count
            }
        }
        return count
    }

    /// Keys of the documents that a run touched, and of these packages; nil is any run, and any package.
    package func documentPaths(run: RunID?, packages ids: [Int64]?) async throws -> [String] {
        let touched: SQLStatement = run.map { "AND \(Self.isTouched(by: $0))" } ?? ""
        let owned: SQLStatement = ids.map { "AND package_id \(anyOf: $0)" } ?? ""
        return try await self.engine.read { session in
            try session.rows("SELECT key FROM objects WHERE 1 = 1 \(touched) \(owned) ORDER BY key")
                .map { try $0["key"] }
        }
    }
}
