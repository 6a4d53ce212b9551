extension Schema {
    /// The checks of two columns that are written with every package and every object, without a list.
    ///
    /// SQLite keeps a list of more than two values in a table of its own, and makes that table anew for each row that is
    /// checked: half of the time that a new object took.
    ///
    /// Nothing that is stored changes, only the words of the definition, and for that SQLite's page on `ALTER TABLE` has
    /// this way. The definition of a table that comes and goes makes the number of the schema rise, by which other
    /// connections see that they have to read it again.
    static let checks: [SQLStatement] = [
        "\(.only(.sqlite, "PRAGMA writable_schema = ON"))",
        """
        \(.only(
            .sqlite,
            """
            UPDATE sqlite_schema SET sql = replace(
                replace(
                    sql,
                    'state IN (''new'', ''active'', ''closed'', ''missing'')',
                    'state = ''active'' OR state = ''new'' OR state = ''closed'' OR state = ''missing'''
                ),
                'kind IN (''archive'', ''document'', ''listing'', ''root'')',
                'kind = ''document'' OR kind = ''archive'' OR kind = ''listing'' OR kind = ''root'''
            )
            WHERE type = 'table' AND name IN ('packages', 'objects')
            """
        ))
        """,
        "\(.only(.sqlite, "PRAGMA writable_schema = RESET"))",
        "\(.only(.sqlite, "CREATE TABLE passing (id INTEGER) STRICT"))",
        "\(.only(.sqlite, "DROP TABLE passing"))",
    ]
}
