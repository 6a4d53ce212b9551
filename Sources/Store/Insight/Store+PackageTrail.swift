package import Facts

/// Following a trail: which runs led to what, and what a run touched.
extension Store {
    /// The trails of packages, by source and key.
    package func trails(packages ids: [Int64]) async throws -> [PackageTrail] {
        try await self.engine.read { try Self.trails("packages.id \(anyOf: ids)", $0) }
    }

    /// The trail of the package of that name, or of that key: `acme/site-kit`, or `SOURCE/KEY`.
    package func trail(ofPackage name: String) async throws -> PackageTrail? {
        // A zero byte is in no name, and PostgreSQL has no text with one.
        guard !name.utf8.contains(0) else { return nil }
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return try await self.engine.read { session in
            if let named = try Self.trails("packages.name = \(name)", session).first { return named }
            guard parts.count == 2 else { return nil }
            return try Self.trails("packages.source = \(parts[0]) AND packages.key = \(parts[1])", session).first
        }
    }

    private static func trails(_ which: SQLStatement, _ session: any SQLSession) throws -> [PackageTrail] {
        try session.rows(
            """
            SELECT packages.id, \(PackageSummary.columns), closed_date, closed_reason, closed_permanent,
                changed_revision, changed_at_ms, settled_revision, due_at_ms, last_error, discovered_run, updated_run,
                (SELECT started_at_ms FROM pipeline_runs WHERE id = discovered_run) AS discovered_started_at,
                (SELECT started_at_ms FROM pipeline_runs WHERE id = updated_run) AS updated_started_at
            FROM packages WHERE \(which) ORDER BY packages.source, packages.key
            """
        ).map { row in
            let package = try PackageSummary(row: row)
            let closure = Closure(
                date: try row["closed_date"],
                reason: try row["closed_reason"],
                isPermanent: try row["closed_permanent"]
            )
            return PackageTrail(
                package: package,
                closure: package.state == .closed ? closure : nil,
                changedRevision: try row["changed_revision"],
                changedAtMilliseconds: try row["changed_at_ms"],
                discoveredBy: try row.step("discovered_run", "discovered_started_at"),
                settledRevision: try row["settled_revision"],
                updatedBy: try row.step("updated_run", "updated_started_at"),
                nextLookAtMilliseconds: try row["due_at_ms"],
                lastError: try row["last_error"],
                objects: try Self.objects("package_id = \(try row["id"] as Int64) ORDER BY key", session),
                archives: try Self.archives(ofPackage: try row["id"], session)
            )
        }
    }

    /// Documents that `update` run `id` was the last to change, or `sync` run `id` the last to publish or the last to
    /// fail at, by path, and how many there are.
    package func objects(
        touchedBy id: RunID,
        stage: Stage,
        limit: Int,
        offset: Int
    ) async throws -> (objects: [ObjectState], total: Int) {
        guard stage != .discover else { return ([], 0) }
        let condition: SQLStatement =
            stage == .update
            ? "updated_run = \(id)" : "\(Self.isTouched(by: id)) AND (synced_run = \(id) OR failed_run = \(id))"
        return try await self.engine.read { session in
            (
                try Self.objects("\(condition) ORDER BY key LIMIT \(Int64(limit)) OFFSET \(Int64(offset))", session),
                try session.rows("SELECT count(*) AS total FROM objects WHERE \(condition)")[0]["total"]
            )
        }
    }

    /// The last published changes, newest first.
    ///
    /// - Parameter before: Only those at a lower feed position.
    package func changes(before: Int64? = nil, limit: Int) async throws -> [ObjectState] {
        try await self.engine.read { session in
            let keys = try Self.announced(before: before ?? .max, limit: limit, session)
            let objects = Dictionary(
                try Self.objects("key \(anyOf: keys)", session).map { ($0.path, $0) },
                uniquingKeysWith: { $1 }
            )
            return keys.compactMap { objects[$0] }
        }
    }

    /// - Parameter which: What follows `WHERE`.
    private static func objects(_ which: SQLStatement, _ session: any SQLSession) throws -> [ObjectState] {
        try session.rows(
            """
            SELECT key, content_hash, \(Self.live), content_changed_at_ms, deployed_etag, deployed_at_ms, attempts,
                last_error, due_at_ms, feed_position, updated_run, synced_run, failed_run,
                (SELECT started_at_ms FROM pipeline_runs WHERE id = updated_run) AS updated_started_at,
                (SELECT started_at_ms FROM pipeline_runs WHERE id = synced_run) AS synced_started_at,
                (SELECT started_at_ms FROM pipeline_runs WHERE id = failed_run) AS failed_started_at
            FROM objects WHERE \(which)
            """
        ).map { row in
            ObjectState(
                path: try row["key"],
                contentHash: try row["content_hash"],
                live: try row["live"],
                changedAtMilliseconds: try row["content_changed_at_ms"],
                updatedBy: try row.step("updated_run", "updated_started_at"),
                etag: try row["deployed_etag"],
                deployedAtMilliseconds: try row["deployed_at_ms"],
                syncedBy: try row.step("synced_run", "synced_started_at"),
                failedBy: try row.step("failed_run", "failed_started_at"),
                attempts: try row["attempts"],
                lastError: try row["last_error"],
                dueAtMilliseconds: try row["due_at_ms"],
                feedPosition: try row["feed_position"]
            )
        }
    }
}

extension SQLRow {
    fileprivate func step(_ run: String, _ startedAt: String) throws -> PackageTrail.Step? {
        guard let run: RunID = try self[run] else { return nil }
        return PackageTrail.Step(run: run, startedAtMilliseconds: try self[startedAt])
    }
}
