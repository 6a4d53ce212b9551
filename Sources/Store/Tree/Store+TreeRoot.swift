package import Composer
package import Facts

/// The root of the v1 tree, which names its listings.
extension Store {
    /// Makes an empty tree where there is none.
    package func beginTree() async throws {
        let isThere = try await self.engine.read { session in
            let root = try session.rows("SELECT 1 FROM objects WHERE key = \(TreeFile.rootKey)")
            return try !root.isEmpty && !session.rows("SELECT 1 FROM tree_groups LIMIT 1").isEmpty
        }
        if isThere { return }
        let all = TreeGroup.everything
        _ = try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO objects (key, kind, content_changed_at_ms, is_stale)
                VALUES (\(TreeFile.rootKey), \(ObjectKind.root), \(.now), 1)
                ON CONFLICT (key) DO UPDATE SET is_stale = 1
                """
            )
            guard try session.rows("SELECT 1 FROM tree_groups LIMIT 1").isEmpty else { return }
            try session.execute(
                """
                INSERT INTO tree_groups (first_place, last_place) VALUES (\(all.first), \(all.last))
                ON CONFLICT (first_place) DO NOTHING
                """
            )
        }
    }

    /// Whether the tree's root may say something else than what is live.
    package func isTreeRootDue(under settings: ContentHash) async throws -> Bool {
        try await self.engine.read { session in
            let row = try session.rows(
                "SELECT is_stale, content_lost, derived_under FROM objects WHERE key = \(TreeFile.rootKey)"
            ).first
            guard let row, try !session.rows("SELECT 1 FROM tree_groups LIMIT 1").isEmpty else { return false }
            let derivedUnder: ContentHash? = try row["derived_under"]
            return try row["is_stale"] || row["content_lost"] || derivedUnder != settings
        }
    }

    /// Derives the root from the listings that are live.
    ///
    /// A listing that is not live leaves the one before in its place; the halves of a group take its place together.
    ///
    /// - Parameters:
    ///   - settings: The name of all else that shapes it.
    ///   - derive: Its bytes.
    /// - Returns: Whether it says something else than before.
    package func deriveTreeRoot(
        under settings: ContentHash,
        run: RunID,
        _ derive: @escaping @Sendable (_ listings: [TreeFile]) -> [UInt8]
    ) async throws -> Bool {
        guard try await self.isTreeRootDue(under: settings) else { return false }
        return try await self.engine.write { session in
            // First: who changes what is live from here on waits, and marks it again.
            try session.execute(
                "UPDATE objects SET is_stale = 0, derived_under = \(settings.bytes) WHERE key = \(TreeFile.rootKey)"
            )
            let groups = try Self.listings(
                """
                SELECT first_place, last_place, wanted_key AS key,
                    CASE WHEN wanted_key IS NULL THEN is_stale ELSE 0 END AS is_new
                FROM tree_groups
                """,
                session
            )
            let named = try Self.listings("SELECT first_place, last_place, key, 0 AS is_new FROM tree_root", session)
            let live = try Self.liveKeys((groups + named).compactMap(\.key), session)
            let next = Self.next(named, groups, live)
            if next.named != named { try Self.name(next.named, session) }
            try session.execute(
                """
                UPDATE tree_leftovers SET is_dropped = 1
                WHERE unreachable_since_ms IS NULL AND is_dropped = 0
                    AND place BETWEEN CAST(\(named: "first") AS BIGINT) AND CAST(\(named: "last") AS BIGINT)
                """,
                each: next.current.map {
                    ["first": .integer($0.first), "last": .integer($0.last)] as SQLParameters
                }
            )
            let files = next.named.compactMap { $0.key.flatMap(TreeFile.init(key:)) }
            let isNew = try session.rows(
                "SELECT 1 FROM objects WHERE key = \(TreeFile.rootKey) AND content_hash IS NOT NULL"
            ).isEmpty
            let content = files.isEmpty && isNew ? nil : Blob(of: derive(files))
            var references = BlobReferences()
            let written = try Self.setContents(
                [(TreeFile.rootKey, nil, content)],
                kind: .root,
                references: &references,
                run: run,
                session
            )
            try references.write(session)
            try Self.noteUnreachable(session)
            return written.changed > 0
        }
    }

    struct NamedListing: Equatable {
        var group: TreeGroup
        /// Nil for a group without packages, and for a new one.
        var key: String?
        /// Whether its listing was never derived: it may have packages.
        var isNew: Bool
    }

    private static func listings(_ select: SQLStatement, _ session: any SQLSession) throws -> [NamedListing] {
        try session.rows("\(select) ORDER BY first_place").map {
            NamedListing(
                group: TreeGroup(first: try $0["first_place"], last: try $0["last_place"]),
                key: try $0["key"],
                isNew: try $0["is_new"]
            )
        }
    }

    /// What the root names now, given what it named before and what is live.
    ///
    /// - Returns: Also the groups of which that is the latest listing.
    static func next(
        _ named: [NamedListing],
        _ groups: [NamedListing],
        _ live: Set<String>
    ) -> (named: [NamedListing], current: [TreeGroup]) {
        func isReady(_ listing: NamedListing) -> Bool { listing.key.map(live.contains) ?? !listing.isNew }
        var next: [NamedListing] = []
        var current: [TreeGroup] = []
        var rest = groups[...]
        func take(_ listings: some Sequence<NamedListing>) {
            for listing in listings where isReady(listing) {
                next.append(listing)
                current.append(listing.group)
            }
        }
        for before in named {
            let uncovered = rest.prefix { $0.group.last < before.group.first }
            take(uncovered)
            rest = rest.dropFirst(uncovered.count)
            let inside = rest.prefix { before.group.contains($0.group) }
            rest = rest.dropFirst(inside.count)
            // What is gone is not named, whatever there is in its place.
            if inside.allSatisfy(isReady) || !isReady(before) { take(inside) } else { next.append(before) }
        }
        take(rest)
        return (next, current)
    }

    private static func name(_ listings: [NamedListing], _ session: any SQLSession) throws {
        try session.execute("DELETE FROM tree_root")
        try session.execute(
            """
            INSERT INTO tree_root (first_place, last_place, key)
            VALUES (\(named: "first"), \(named: "last"), \(named: "key"))
            """,
            each: listings.map {
                ["first": .integer($0.group.first), "last": .integer($0.group.last), "key": .text($0.key)]
                    as SQLParameters
            }
        )
    }
}
