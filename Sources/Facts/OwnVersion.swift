/// A version that is published only with an archive of ours, which is there.
package struct OwnVersion: Equatable, Sendable {
    /// As it is written.
    package var version: String
    package var normalized: String
    package var reference: String?

    package init(version: String, normalized: String, reference: String?) {
        self.version = version
        self.normalized = normalized
        self.reference = reference
    }
}
