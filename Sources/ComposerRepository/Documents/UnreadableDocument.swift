/// A document of upstream's that no client could read either.
package struct UnreadableDocument: Error, Equatable, Sendable, CustomStringConvertible {
    /// Whose it is, and which: `acme/a`, `acme/a~dev`.
    package var document: String
    package var reason: String
    /// Where in the document, in bytes.
    package var position: Int

    package var description: String {
        "the document of '\(self.document)' is unreadable: \(self.reason) at byte \(self.position); upstream has to mend it"
    }
}
