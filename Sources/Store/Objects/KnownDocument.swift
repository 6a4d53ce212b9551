package import Composer
import Wire

/// What a document is called by, and since when it says what it says.
package struct KnownDocument: Sendable, Equatable {
    package let content: ContentHash
    package let lastModifiedSeconds: Int64
    /// The same, as HTTP writes it.
    package let lastModified: String
    /// The first 16 bytes of the hash in hexadecimal, which its ETags are made of.
    package let tag: String

    /// - Parameter lastModifiedSeconds: Since 1970; rises with every change of the content.
    package init(content: ContentHash, lastModifiedSeconds: Int64) {
        self.content = content
        self.lastModifiedSeconds = lastModifiedSeconds
        self.lastModified = HTTPDate.text(secondsSince1970: lastModifiedSeconds)
        self.tag = content.tag
    }

    /// - Parameter row: With a `hash`, and when it was `modified`, in seconds.
    /// - Throws: ``StoreError/unexpectedColumn(_:)``.
    init(row: SQLRow) throws { self.init(content: try row["hash"], lastModifiedSeconds: try row["modified"]) }
}
