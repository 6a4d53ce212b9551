extension Schema {
    /// What was one number becomes several, each with one meaning: how often a package was said to be gone
    /// (`doubts`), beside how often upstream lagged (`looks`); whether it spoils the batches that it is in
    /// (`is_suspect`), beside how often it failed (`attempts`).
    ///
    /// `withdrawn_at_ms` is set while a package is gone that was withdrawn without a person, `held_at_ms` while its
    /// withdrawal waits for one, `is_confirmed` from a person's word until the next answer.
    static let withdrawals: [SQLStatement] = [
        "ALTER TABLE packages ADD COLUMN doubts \(.bigint) NOT NULL DEFAULT 0",
        "ALTER TABLE packages ADD COLUMN is_suspect \(.bigint) NOT NULL DEFAULT 0 CHECK (is_suspect IN (0, 1))",
        "ALTER TABLE packages ADD COLUMN withdrawn_at_ms \(.bigint)",
        "ALTER TABLE packages ADD COLUMN held_at_ms \(.bigint)",
        "ALTER TABLE packages ADD COLUMN is_confirmed \(.bigint) NOT NULL DEFAULT 0 CHECK (is_confirmed IN (0, 1))",
        "CREATE INDEX packages_doubted ON packages (source) WHERE doubts > 0",
        "CREATE INDEX packages_held ON packages (source) WHERE held_at_ms IS NOT NULL",
        "CREATE INDEX packages_withdrawn ON packages (source, withdrawn_at_ms) WHERE withdrawn_at_ms IS NOT NULL",
    ]
}
