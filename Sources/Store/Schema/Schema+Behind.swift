extension Schema {
    /// Counts what waits for upstream without reading the packages: `looks` is above 0 from the answer that was older than
    /// upstream's own word until the one that is not, or until nobody waits any more.
    static let behind: [SQLStatement] = [
        "CREATE INDEX packages_behind ON packages (source) WHERE looks > 0"
    ]
}
