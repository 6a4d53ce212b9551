extension Schema {
    /// Since when a source is in trouble, and which keys its last listing was looked through for.
    static let discovery: [SQLStatement] = [
        "ALTER TABLE sources ADD COLUMN behind_since_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN failing_since_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN listing_scope TEXT",
    ]

    /// When the last run began that took a source in without trouble, where other sources kept it from ending well; and since
    /// when upstream refuses to tell what came after the cursor.
    static let well: [SQLStatement] = [
        "ALTER TABLE sources ADD COLUMN well_at_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN refused_since_ms \(.bigint)",
    ]
}
