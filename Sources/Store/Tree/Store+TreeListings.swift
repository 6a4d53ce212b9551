package import Composer
package import Facts

/// Listings of the v1 tree: each names the documents of a group of packages.
extension Store {
    /// What became of a listing.
    package enum ListingOutcome: Sendable {
        /// Whether it says something else than before.
        case derived(isNew: Bool)
        /// The group was too large, and is two now, or somebody else has made it two.
        case split
    }

    /// The first group after a place whose listing says something else than what is live.
    ///
    /// What can't be uploaded holds up itself: it is passed over here until it is live.
    package func changedGroup(after place: Int64) async throws -> TreeGroup? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT first_place, last_place FROM tree_groups
                WHERE first_place > \(place) AND (is_stale = 1 OR EXISTS (
                    SELECT 1 FROM tree_packages
                    WHERE tree_packages.place BETWEEN first_place AND last_place
                        AND tree_packages.wanted_key IS DISTINCT FROM tree_packages.named_key
                        AND (tree_packages.wanted_key IS NULL OR EXISTS (
                            SELECT 1 FROM objects
                            WHERE objects.key = tree_packages.wanted_key AND objects.live_hash IS NOT NULL
                        ))
                ))
                ORDER BY first_place LIMIT 1
                """
            ).first.map { TreeGroup(first: try $0["first_place"], last: try $0["last_place"]) }
        }
    }

    /// Derives the listing of a group from the documents that are live.
    ///
    /// A package whose new document is not live keeps the one that was named before.
    package func deriveListing(of group: TreeGroup, run: RunID) async throws -> ListingOutcome {
        try await self.engine.write { session in
            // First: whoever derives the same waits.
            let row = try session.rows(
                """
                SELECT wanted_key, is_stale FROM tree_groups
                WHERE first_place = \(group.first) AND last_place = \(group.last) \(.lockedRow)
                """
            ).first
            guard let row else { return .split }
            let before: String? = try row["wanted_key"]
            if try Self.split(group, wanted: before, session) { return .split }
            let entries = try Self.lockedEntries(of: group, session)
            let live = try Self.liveKeys(entries.flatMap { [$0.wanted, $0.named].compactMap(\.self) }, session)
            var documents: [TreeFile] = []
            var leftovers: [Leftover] = []
            var renamed: [TreeEntry] = []
            for var entry in entries {
                let named = entry.wanted.flatMap { wanted in
                    [wanted, entry.named].compactMap(\.self).first(where: live.contains)
                }
                if let file = named.flatMap(TreeFile.init(key:)) { documents.append(file) }
                guard named != entry.named else { continue }
                if let old = entry.named, old != entry.wanted { leftovers.append((old, entry.place)) }
                entry.named = named
                renamed.append(entry)
            }
            let content = documents.isEmpty ? nil : Blob(of: TreeListing.json(documents))
            let wanted = content.map { TreeFile(name: group.listingName, content: $0.hash).key }
            if let content, let wanted { try Self.want([(wanted, nil, content)], run: run, session) }
            if let before, before != wanted { leftovers.append((before, group.first)) }
            try Self.leave(leftovers, session)
            try session.execute(
                "UPDATE tree_groups SET wanted_key = \(.text(wanted)), is_stale = 0 WHERE first_place = \(group.first)"
            )
            try Self.rename(renamed, session)
            // The root does not know of one that is new, even where it has no packages.
            let isNew: Bool = try before == nil && row["is_stale"]
            if wanted != before || isNew { try Self.markAnnouncementsStale(session) }
            return .derived(isNew: wanted != before)
        }
    }

    /// - Returns: Whether the group was too large; its halves are to be derived then.
    private static func split(_ group: TreeGroup, wanted: String?, _ session: any SQLSession) throws -> Bool {
        let count: Int = try session.rows(
            "SELECT count(*) AS count FROM tree_packages WHERE place BETWEEN \(group.first) AND \(group.last)"
        )[0]["count"]
        guard count > TreeGroup.mostNames, let (left, right) = group.halves else { return false }
        if let wanted { try Self.leave([(wanted, group.first)], session) }
        try session.execute(
            """
            UPDATE tree_groups SET last_place = \(left.last), wanted_key = NULL, is_stale = 1
            WHERE first_place = \(group.first)
            """
        )
        try session.execute(
            """
            INSERT INTO tree_groups (first_place, last_place, is_stale) VALUES (\(right.first), \(right.last), 1)
            """
        )
        return true
    }

    private static func lockedEntries(of group: TreeGroup, _ session: any SQLSession) throws -> [TreeEntry] {
        try session.rows(
            """
            SELECT name, place, wanted_key, named_key FROM tree_packages
            WHERE place BETWEEN \(group.first) AND \(group.last) ORDER BY name \(.lockedRow)
            """
        ).map { try TreeEntry(row: $0) }
    }

    private static func rename(_ entries: [TreeEntry], _ session: any SQLSession) throws {
        try session.execute(
            "UPDATE tree_packages SET named_key = \(named: "named") WHERE name = \(named: "name")",
            each: entries.map { ["name": .text($0.name), "named": .text($0.named)] as SQLParameters }
        )
        try session.execute(
            """
            DELETE FROM tree_packages
            WHERE name \(anyOf: entries.map(\.name)) AND wanted_key IS NULL AND named_key IS NULL
            """
        )
    }

    /// Those of these objects that are live.
    static func liveKeys(_ keys: [String], _ session: any SQLSession) throws -> Set<String> {
        if keys.isEmpty { return [] }
        let rows = try session.rows("SELECT key FROM objects WHERE key \(anyOf: keys) AND live_hash IS NOT NULL")
        return Set(try rows.map { try $0["key"] })
    }

    /// Has all listings derived again, where files of the tree are gone from the bucket.
    static func markTreeStale(_ session: any SQLSession) throws {
        try session.execute("UPDATE tree_groups SET is_stale = 1")
    }

    /// Has files of the tree derived again whose bytes the database has lost.
    ///
    /// - Parameter isLost: Which objects have lost them.
    static func deriveTreeAgain(where isLost: SQLStatement, _ session: any SQLSession) throws {
        let lost: [String] = try session.rows(
            "SELECT key FROM objects WHERE kind = \(ObjectKind.listing) AND \(isLost)"
        ).map { try $0["key"] }
        guard !lost.isEmpty else { return }
        let names: [String] = try session.rows("SELECT name FROM tree_packages WHERE wanted_key \(anyOf: lost)").map {
            try $0["name"]
        }
        try session.execute(
            "UPDATE objects SET tree_hash = NULL WHERE key \(anyOf: names.flatMap(TreeSource.keys))"
        )
        try session.execute("UPDATE tree_groups SET is_stale = 1 WHERE wanted_key \(anyOf: lost)")
    }
}
