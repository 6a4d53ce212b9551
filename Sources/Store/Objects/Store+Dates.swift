/// When a document says that it was last changed.
extension Store {
    /// The `Last-Modified` of a document, in whole seconds since 1970.
    ///
    /// Written before the column was, a document is as old as its content.
    package static let lastModified: SQLStatement =
        "\(.greatest)(objects.last_modified_s, objects.content_changed_at_ms / 1000)"

    /// What it becomes when the content changes: later than before, also where the clock says otherwise.
    ///
    /// Clients ask by that date. Two changes in one second, or a clock that was ahead, must not give the new bytes the
    /// date of the old ones.
    static let nextLastModified: SQLStatement = "\(.greatest)(\(.now) / 1000, \(Self.lastModified) + 1)"
}
