extension Payload {
    /// The title as plain text, for people.
    package var plainTitle: String { PlainText.of(html: self.title) }
}
