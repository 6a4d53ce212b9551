extension Schema {
    /// What the v1 tree says, and what is live.
    ///
    /// Everything in it is a comparison, as with dirty objects: `tree_hash` is what a package's document of the tree was
    /// made of, and there is something to do where that is not what is live; a package's entry and a group's listing have a
    /// wanted file, and one that is named by what is above them. Nothing has to be marked by those who change what is live.
    static let providerTree: [SQLStatement] = [
        "ALTER TABLE objects ADD COLUMN tree_hash \(.bytes) CHECK (length(tree_hash) = 32)",
        """
        CREATE INDEX objects_untold ON objects (key)
            WHERE kind = 'document' AND live_hash IS DISTINCT FROM tree_hash
        """,
        // By the package's name. The place decides which group it is in.
        """
        CREATE TABLE tree_packages (
            name       TEXT \(.bytewise) NOT NULL PRIMARY KEY,
            place      \(.bigint) NOT NULL,
            wanted_key TEXT,
            named_key  TEXT
        ) \(.strictByKey)
        """,
        "CREATE INDEX tree_packages_place ON tree_packages (place)",
        """
        CREATE INDEX tree_packages_changed ON tree_packages (place) WHERE wanted_key IS DISTINCT FROM named_key
        """,
        // The groups, which share all places among them; and what the root says of groups, which may be those of before a
        // split.
        """
        CREATE TABLE tree_groups (
            first_place \(.bigint) NOT NULL PRIMARY KEY,
            last_place  \(.bigint) NOT NULL,
            wanted_key  TEXT,
            is_stale    \(.bigint) NOT NULL DEFAULT 0 CHECK (is_stale IN (0, 1))
        ) \(.strictByKey)
        """,
        """
        CREATE TABLE tree_root (
            first_place \(.bigint) NOT NULL PRIMARY KEY,
            last_place  \(.bigint) NOT NULL,
            key         TEXT
        ) \(.strictByKey)
        """,
        // Files that nothing wants any more: first a root may still lead to them (0), then the next one does not (1), and
        // since when that one is live.
        """
        CREATE TABLE tree_leftovers (
            key                  TEXT \(.bytewise) NOT NULL PRIMARY KEY,
            place                \(.bigint) NOT NULL,
            is_dropped           \(.bigint) NOT NULL DEFAULT 0 CHECK (is_dropped IN (0, 1)),
            unreachable_since_ms \(.bigint)
        ) \(.strictByKey)
        """,
        """
        CREATE INDEX tree_leftovers_age ON tree_leftovers (unreachable_since_ms)
            WHERE unreachable_since_ms IS NOT NULL
        """,
        "CREATE INDEX tree_leftovers_reachable ON tree_leftovers (place) WHERE unreachable_since_ms IS NULL",
    ]

    /// What the v1 tree has yet to say, in two indexes: an upload writes to the first alone, which is empty without a tree.
    ///
    /// SQLite writes to an index whenever a statement sets a column of its condition, unless the row is in it neither before
    /// nor after. Every document was in the index of untold ones where no tree is wanted, and each upload wrote a page of it.
    static let neverTold: [SQLStatement] = [
        "DROP INDEX objects_untold",
        """
        CREATE INDEX objects_told_otherwise ON objects (key)
            WHERE kind = 'document' AND tree_hash IS NOT NULL AND live_hash IS DISTINCT FROM tree_hash
        """,
        "CREATE INDEX objects_never_told ON objects (key) WHERE kind = 'document' AND tree_hash IS NULL",
    ]
}
