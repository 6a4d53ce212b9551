extension Schema {
    /// Since when a source is in trouble, and which keys its last listing was looked through for.
    static let discovery: [SQLStatement] = [
        "ALTER TABLE sources ADD COLUMN behind_since_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN failing_since_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN listing_scope TEXT",
    ]
}
