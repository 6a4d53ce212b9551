extension Schema {
    /// Counts what waits for upstream without reading the packages: `looks` is above 0 from the answer that was older than
    /// upstream's own word until the one that is not, or until nobody waits any more.
    static let behind: [SQLStatement] = [
        "CREATE INDEX packages_behind ON packages (source) WHERE looks > 0",
        // What changes have passed over only a listing tells: it is looked at by whichever run can.
        """
        ALTER TABLE sources ADD COLUMN wants_listing \(.bigint) NOT NULL DEFAULT 0 CHECK (wants_listing IN (0, 1))
        """,
    ]
}
