import Composer
package import Facts

/// Composer names of packages.
extension Store {
    /// How the packages of a source are called.
    package struct NameRule: Sendable {
        /// Names the rule.
        package var id: String
        /// The name of a key; nil for one that can have none.
        package var name: @Sendable (String) -> String?

        package init(_ id: String, name: @escaping @Sendable (String) -> String?) {
            (self.id, self.name) = (id, name)
        }
    }

    /// What naming the packages of a source came to.
    package struct Naming: Sendable, Equatable {
        package var named = 0
        /// Packages that have no name, because another one of the source has it.
        package var colliding = 0
        /// Documents under names of before.
        package var documentsWithdrawn = 0

        package init(named: Int = 0, colliding: Int = 0, documentsWithdrawn: Int = 0) {
            (self.named, self.colliding, self.documentsWithdrawn) = (named, colliding, documentsWithdrawn)
        }
    }

    /// Gives every package of a source the name that it has by the present rule, where it is not known to have it.
    ///
    /// Nobody upstream is asked: what is stored is derived again under the new names, and what was published under the
    /// old ones goes, however much it is. Packages are looked through in the order of their keys, a page in a
    /// transaction; whoever starts anew, after being killed or beside another worker, finds done what was done.
    ///
    /// - Parameters:
    ///   - rule: Names the rule; nothing is done where it is the one of before.
    ///   - name: The name of a key by the rule; nil for one that can have none.
    /// - Returns: nil where the rule is the one of before.
    package func rename(
        source: SourceName,
        rule: String,
        run: RunID,
        pageSize: Int = 1_000,
        name: @escaping @Sendable (String) -> String?
    ) async throws -> Naming? {
        let known: String? = try await self.engine.read { session in
            try session.rows("SELECT naming FROM sources WHERE name = \(source)").first?["naming"]
        }
        return try await self.rename(
            source: source,
            from: known,
            by: NameRule(rule, name: name),
            run: run,
            pageSize: pageSize
        )
    }

    /// The same where what the rule goes by was read together with the naming: by a rule that has become outdated since,
    /// nothing is named.
    ///
    /// - Parameter known: What `sources.naming` said when the rule was made.
    package func rename(
        source: SourceName,
        from known: String?,
        by nameRule: NameRule,
        run: RunID,
        pageSize: Int = 1_000
    ) async throws -> Naming? {
        let (rule, name) = (nameRule.id, nameRule.name)
        if known == rule { return nil }
        let begun = Self.begun(rule)
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE sources SET naming = \(begun)
                WHERE name = \(source) AND naming IS NOT DISTINCT FROM \(.text(known))
                """
            )
        }
        var naming = Naming()
        var (last, isLastPage) = ("", false)
        while !isLastPage {
            let page = try await self.engine.read { [last] session in
                try session.readInOrder()
                return try session.rows(
                    """
                    SELECT id, key, name FROM packages WHERE source = \(source) AND key > \(last)
                    ORDER BY key LIMIT \(Int64(pageSize))
                    """
                ).map(NamedPackage.init(row:))
            }
            isLastPage = page.count < pageSize
            last = page.last?.key ?? last
            let changed = page.filter { name($0.key) != $0.name }.map(\.id)
            if changed.isEmpty { continue }
            let done = try await self.engine.write { session -> Naming? in
                // Whoever gives names to this source's packages waits here, and sees what the one before has done.
                let present: String? = try session.rows(
                    "SELECT naming FROM sources WHERE name = \(source) \(.lockedRow)"
                ).first?["naming"]
                guard present == rule || present == begun else { return nil }
                return try Self.rename(changed, source: source, run: run, name: name, session)
            }
            // There is another rule by now, and another pass for it.
            guard let done else { return naming }
            naming.named += done.named
            naming.colliding += done.colliding
            naming.documentsWithdrawn += done.documentsWithdrawn
        }
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE sources SET naming = \(rule) WHERE name = \(source) AND naming = \(begun)"
            )
        }
        return naming
    }

    /// What `sources.naming` says while a rule's pass goes on: packages are claimed by nobody then, and afterwards only
    /// by who has the rule, because who has another would publish them under other names.
    private static func begun(_ rule: String) -> String { "to \(rule)" }

    /// What `sources.naming` becomes when packages are named by a rule.
    ///
    /// By another than the present one, which the pass may have gone by already, they are for the next pass to find. The
    /// first packages of a source need no pass.
    static func naming(by rule: NameRule?) -> SQLStatement {
        guard let rule else { return "naming" }
        return """
            CASE WHEN naming IN (\(rule.id), \(Self.begun(rule.id))) THEN naming
                WHEN naming IS NULL AND NOT EXISTS (SELECT 1 FROM packages WHERE source = sources.name)
                THEN \(rule.id) END
            """
    }

    private struct NamedPackage {
        var id: Int64
        var key: String
        var name: String?

        init(row: SQLRow) throws {
            (self.id, self.key, self.name) = (try row["id"], try row["key"], try row["name"])
        }
    }

    private struct Renaming {
        var package: NamedPackage
        var name: String?
    }

    /// Names packages of a source whose row the transaction has locked.
    static func rename(
        _ ids: [Int64],
        source: SourceName,
        run: RunID,
        name: (String) -> String?,
        _ session: any SQLSession
    ) throws -> Naming {
        let changed = try session.rows("SELECT id, key, name FROM packages WHERE id \(anyOf: ids) ORDER BY key")
            .map(NamedPackage.init(row:)).filter { name($0.key) != $0.name }
            .map { Renaming(package: $0, name: name($0.key)) }
        let holders = try session.rows(
            """
            SELECT id, key, name FROM packages WHERE source = \(source) AND name \(anyOf: changed.compactMap(\.name))
            """
        ).map(NamedPackage.init(row:))
        // Who has a name of the page by right keeps it; from the others it goes, and they get their own on their page.
        let rightful = Set(holders.filter { name($0.key) == $0.name }.compactMap(\.name))
        var taken = rightful
        let renamings = changed.map { renaming in
            let isFree = renaming.name.map { taken.insert($0).inserted } ?? true
            return isFree ? renaming : Renaming(package: renaming.package, name: nil)
        }
        let losing = holders.filter { !rightful.contains($0.name ?? "") }
        let ids = Array(
            Set(losing.map(\.id) + zip(changed, renamings).filter { $0.package.name != $1.name }.map(\.1.package.id))
        )
        // Whoever is at work on one of them knows it by the name of before: its lease is taken away.
        try session.execute(
            "UPDATE packages SET name = NULL, format = 0, derived_key = NULL WHERE id \(anyOf: ids)"
        )
        try Self.packageLeases.drop(ids, session)
        let named = renamings.filter { $0.name != nil }
        try session.execute(
            "UPDATE packages SET name = \(named: "name") WHERE id = \(named: "id")",
            each: named.map { ["id": .integer($0.package.id), "name": .text($0.name)] }
        )
        let names = Dictionary(named.map { ($0.package.id, $0.name) }, uniquingKeysWith: { $1 })
        let outdated = try session.rows(
            "SELECT key, package_id FROM objects WHERE package_id \(anyOf: ids) AND content_hash IS NOT NULL"
        ).compactMap { row -> String? in
            let (path, package): (String, Int64) = (try row["key"], try row["package_id"])
            let isRight = names[package]??.isName(ofDocument: path) ?? false
            return isRight ? nil : path
        }
        var references = BlobReferences()
        let withdrawn = try Self.withdraw(outdated, references: &references, run: run, session)
        try references.write(session)
        return Naming(
            named: named.count,
            colliding: zip(changed, renamings).count { $0.name != $1.name },
            documentsWithdrawn: withdrawn
        )
    }
}

extension String {
    /// Whether a document's key is one of those that a package of this name has.
    fileprivate func isName(ofDocument path: String) -> Bool {
        path == DocumentName.main(of: self).path || path == DocumentName.dev(of: self).path
    }
}
