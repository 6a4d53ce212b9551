package import Facts

/// Whose a name is and why, and which sources have it.
package struct NameReport: Sendable, Equatable, Encodable {
    package enum Reason: String, Sendable, Encodable {
        /// A pattern of the source matches it.
        case pattern
        /// The source has listed it.
        case listed
        /// The source has listed another name of its vendor.
        case vendor
        /// Nobody owns it: the first source that has it publishes it.
        case first
    }

    package struct Holder: Sendable, Equatable, Encodable {
        package var source: String
        package var state: PackageState
    }

    package var name: String
    /// nil where no source owns it or has it.
    package var owner: String?
    package var reason: Reason?
    /// The pattern, or the name by which the vendor was first seen in the source.
    package var evidence: String?
    package var sinceMilliseconds: Int64?
    /// Those of the configured sources that know of it, in their order.
    package var holders: [Holder]
    /// The source of which there is a document under this name; nil for none.
    package var published: String?

    /// Why it is the owner's, as a sentence goes on; nil where nobody has it.
    ///
    /// - Parameter date: Writes an instant, in milliseconds since 1970.
    package func why(_ date: (Int64) -> String) -> String? {
        let evidence = self.evidence ?? ""
        let since = self.sinceMilliseconds.map { " since \(date($0))" } ?? ""
        return switch self.reason {
        case .pattern: "its pattern \(evidence) matches"
        case .listed where evidence == self.name: "it has listed it\(since)"
        case .listed: "it has listed it; the vendor is its own\(since), when it had \(evidence)"
        case .vendor: "the vendor is its own\(since), when it had \(evidence)"
        case .first: "it is the first that has it, and no source before it owns the vendor"
        case nil: nil
        }
    }
}
