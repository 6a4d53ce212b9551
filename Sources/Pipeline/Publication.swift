import Composer
package import Facts
import Upstream

/// What becomes of documents under the policies of the repository.
///
/// The step of derivation that all kinds share: pure.
package struct Publication: Equatable, Sendable {
    /// Raised whenever the same documents become others than before.
    private static let version = 1

    package var closedPolicy: ClosedPolicy

    package init(closedPolicy: ClosedPolicy = .remove) { self.closedPolicy = closedPolicy }

    /// Names all that this step goes by.
    package var fingerprint: String { "\(Self.version) \(self.closedPolicy.rawValue)" }

    /// - Parameters:
    ///   - closure: That of a package which the policy keeps.
    ///   - archives: What is known of the archives of its releases; nil where upstream's are published.
    ///   - advisories: What is known of its vulnerable versions.
    ///   - limit: Bytes; a larger document is not published, and the one before stays.
    /// - Returns: Also what became of its versions.
    /// - Throws: ``GuardRefusal`` where a document is larger than any may be.
    func documents(
        of derived: DerivedPackage,
        closure: Closure?,
        archives: ArchivePublication? = nil,
        advisories: AdvisoryPublication? = nil,
        limit: Int
    ) throws -> (documents: [DerivedDocument], counts: [(name: Counter, count: Int)]) {
        var documents = derived.documents
        let counts = try archives?.publish(in: &documents) ?? []
        if closure != nil, self.closedPolicy == .abandon {
            for index in documents.indices where documents[index].hasVersions {
                documents[index].bytes = try Abandonment.marked(documents[index].bytes)
                documents[index].part = nil
            }
        }
        try advisories?.publish(in: &documents)
        if let large = documents.first(where: { $0.bytes.count > limit }) {
            throw GuardRefusal(
                "its document would have \(large.bytes.count) bytes, more than \(limit); what is published "
                    + "stays as it is"
            )
        }
        return (documents, counts)
    }
}
