extension Schema {
    /// Which run was the last to fail at an archive; means something only while `attempts` is above 0.
    static let archiveTrail: [SQLStatement] = [
        "ALTER TABLE archives ADD COLUMN failed_run \(.bigint)",
        "CREATE INDEX archives_failed_run ON archives (failed_run) WHERE attempts > 0",
    ]
}
