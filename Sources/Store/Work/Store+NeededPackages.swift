package import Facts

/// Finding out what is needed: what is selected, what that requires, and so on.
extension Store {
    /// Whether packages of a source were taken in for the sake of others, or are not needed any more.
    package func hasRequirements(_ source: SourceName) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows(
                """
                SELECT 1 FROM packages WHERE source = \(source) AND is_required = 1
                UNION ALL SELECT 1 FROM packages WHERE source = \(source) AND unneeded_since_ms IS NOT NULL
                LIMIT 1
                """
            ).isEmpty
        }
    }

    /// Marks what nothing needs any more, makes due what nothing has needed for long, so that it goes, and takes in what
    /// is required and is not there.
    ///
    /// Packages are looked through a page at a time. What is held meanwhile is the numbers of those that are needed, and
    /// the names of those that are missing, up to the limit. Only what differs is written, under the lease of the source.
    ///
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func settleRequirements(
        of source: SourceName,
        _ rule: RequirementRule,
        run: RunID,
        leaseMilliseconds: Int64,
        pageSize: Int = 2_000
    ) async throws -> RequirementTally {
        var needed: Set<Int64> = []
        // What is inserted meanwhile is for the next time.
        var newest: Int64 = 0
        try await self.forEachPage(of: source, pageSize) { page in
            newest = max(newest, page.map(\.id).max() ?? 0)
            needed.formUnion(page.filter { rule.isSelected($0.key) }.map(\.id))
        }
        let missing = try await self.follow(&needed, source, rule)
        var tally = RequirementTally()
        try await self.forEachPage(of: source, pageSize) { [needed, newest] page in
            var changes = NeedChanges()
            for package in page where package.id <= newest {
                changes.add(package, isNeeded: needed.contains(package.id), isSelected: rule.isSelected(package.key))
            }
            tally.unneeded += changes.unneeded.count
            tally.leaving += changes.leaving.count
            if changes.isEmpty { return }
            try await self.underLease(of: source, run, leaseMilliseconds) { [changes] in try changes.write($0) }
        }
        let keys = missing.sorted()
        for start in stride(from: 0, to: keys.count, by: pageSize) {
            let page = Array(keys[start..<min(start + pageSize, keys.count)])
            let taken = try await self.underLease(of: source, run, leaseMilliseconds) { session in
                try Self.takeIn(page, source, rule, run: run, session)
            }
            tally.added += taken.added
            tally.refused += taken.refused
        }
        return tally
    }

    /// Adds all that is required by what is needed, a step further each time until nothing is new: cycles end there.
    ///
    /// - Returns: Keys that are required and that the source has no package of.
    private func follow(
        _ needed: inout Set<Int64>,
        _ source: SourceName,
        _ rule: RequirementRule
    ) async throws -> Set<String> {
        guard let limit = rule.limit else { return [] }
        var missing: Set<String> = []
        var frontier = Array(needed)
        while !frontier.isEmpty {
            let batch = Array(frontier.suffix(100))
            frontier.removeLast(batch.count)
            let found = try await self.engine.read { session in
                // What has no name has no documents, and needs nothing.
                try session.rows(
                    """
                    SELECT DISTINCT requirements.key AS required, packages.id AS id
                    FROM requirements
                    JOIN packages AS requiring ON requiring.id = package_id AND requiring.name IS NOT NULL
                    LEFT JOIN packages ON packages.source = \(source) AND packages.key = requirements.key
                    WHERE package_id \(anyOf: batch)
                    """
                ).map { row -> (key: String, id: Int64?) in (try row["required"], try row["id"]) }
            }
            for (key, id) in found {
                if let id {
                    if needed.insert(id).inserted { frontier.append(id) }
                } else if missing.count <= limit {
                    missing.insert(key)
                }
            }
        }
        return missing
    }

    private func forEachPage(
        of source: SourceName,
        _ pageSize: Int,
        _ body: ([NeededPackage]) async throws -> Void
    ) async throws {
        var last = ""
        while true {
            let page = try await self.engine.read { [last] session in
                try session.readInOrder()
                return try session.rows(
                    """
                    SELECT id, key, state, is_required, unneeded_since_ms,
                        CASE WHEN unneeded_since_ms <= \(.now) - \(Self.unneededMilliseconds) THEN 1 ELSE 0 END AS is_over,
                        CASE WHEN due_at_ms <= \(.now) THEN 1 ELSE 0 END AS is_due
                    FROM packages WHERE source = \(source) AND key > \(last) ORDER BY key LIMIT \(Int64(pageSize))
                    """
                ).map(NeededPackage.init(row:))
            }
            try await body(page)
            guard page.count == pageSize, let key = page.last?.key else { return }
            last = key
        }
    }

    private func underLease<Result: Sendable>(
        of source: SourceName,
        _ run: RunID,
        _ leaseMilliseconds: Int64,
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.write { session in
            try Self.update(
                source: source,
                heldBy: run,
                set: "lease_until_ms = \(.now) + \(leaseMilliseconds)",
                session
            )
            return try body(session)
        }
    }
}

/// What is known of a package's being needed.
private struct NeededPackage: Sendable {
    var id: Int64
    var key: String
    var isMissing: Bool
    var isRequired: Bool
    var isUnneeded: Bool
    /// Whether it has not been needed for so long that it goes.
    var isOver: Bool
    var isDue: Bool

    init(row: SQLRow) throws {
        let state: PackageState = try row["state"]
        self.id = try row["id"]
        self.key = try row["key"]
        self.isMissing = state == .missing
        self.isRequired = try row["is_required"]
        self.isUnneeded = try row["unneeded_since_ms"] as Int64? != nil
        self.isOver = try row["is_over"]
        self.isDue = try row["is_due"]
    }
}

/// What of a page of packages has changed.
private struct NeedChanges: Sendable {
    var needed: [Int64] = []
    var unneeded: [Int64] = []
    var leaving: [Int64] = []
    var required: [Int64] = []
    var selected: [Int64] = []

    var isEmpty: Bool {
        [self.needed, self.unneeded, self.leaving, self.required, self.selected].allSatisfy(\.isEmpty)
    }

    mutating func add(_ package: NeededPackage, isNeeded: Bool, isSelected: Bool) {
        if isNeeded {
            if package.isUnneeded { self.needed.append(package.id) }
            if package.isRequired, isSelected { self.selected.append(package.id) }
            if !package.isRequired, !isSelected { self.required.append(package.id) }
        } else if !package.isUnneeded {
            self.unneeded.append(package.id)
        } else if package.isOver, !package.isMissing, !package.isDue {
            self.leaving.append(package.id)
        }
    }

    func write(_ session: any SQLSession) throws {
        try session.execute("UPDATE packages SET \(Store.neededAgain) WHERE id \(anyOf: self.needed)")
        try Store.packageLeases.drop(self.needed, session)
        try session.execute("UPDATE packages SET unneeded_since_ms = \(.now) WHERE id \(anyOf: self.unneeded)")
        try session.execute("UPDATE packages SET due_at_ms = \(.now) WHERE id \(anyOf: self.leaving)")
        try session.execute("UPDATE packages SET is_required = 1 WHERE id \(anyOf: self.required)")
        try session.execute("UPDATE packages SET is_required = 0 WHERE id \(anyOf: self.selected)")
    }
}
