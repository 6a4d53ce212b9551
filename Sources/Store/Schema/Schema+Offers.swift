extension Schema {
    /// What each upstream was found to offer: in words, and as only the seam reads it.
    static let offers: [SQLStatement] = [
        "ALTER TABLE sources ADD COLUMN offer TEXT",
        "ALTER TABLE sources ADD COLUMN offer_details TEXT",
    ]
}
