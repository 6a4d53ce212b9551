extension Schema {
    /// What Composer repositories need: the state that upstream says a package is in, by its name for it.
    static let repositories: [SQLStatement] = [
        "ALTER TABLE packages ADD COLUMN mark TEXT"
    ]
}
