/// How far a source has been taken in: a place in what upstream has to tell.
///
/// Only the kind of the upstream reads it and knows which of two comes first; to all others it is a text that is stored.
package struct Position: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// For people: some are long.
    package var description: String { self.text.count > 60 ? self.text.prefix(59) + "…" : self.text }
}
