/// The archive of one version of a package, as upstream has it.
package struct UpstreamArchive: Equatable, Sendable {
    /// Normal form of the version.
    package var version: String
    /// Composer's word for its form: `zip`, `tar`.
    package var type: String
    package var url: String
    /// What names the state of the source that it is made of; nil where upstream says nothing.
    package var reference: String?
    /// SHA-1 of its bytes in lower-case hexadecimal, where upstream says it.
    package var shasum: String?
    /// Bytes that upstream has not written after this, in milliseconds since 1970, are those of another reference.
    package var newerThanMilliseconds: Int64?
    /// Whether nobody can tell by the bytes which reference they are of: they count once a look at what has changed
    /// upstream, begun after they were fetched, has shown nothing new of the package.
    package var needsConfirmation = false
    /// How the version is written where it is published only with an archive of ours, because upstream's goes on changing
    /// under its address; nil where upstream's will do as well.
    package var ownVersion: String?

    package init(version: String, type: String, url: String, reference: String? = nil, shasum: String? = nil) {
        self.version = version
        self.type = type
        self.url = url
        self.reference = reference.flatMap { $0.isEmpty ? nil : $0 }
        self.shasum = shasum.flatMap { $0.isEmpty ? nil : $0.lowercased() }
    }

    /// Whether bytes that upstream wrote at this time can be the ones that are meant: not those of a state before.
    ///
    /// - Parameter milliseconds: Since 1970, as upstream says (`Last-Modified`, in whole seconds); nil where it says nothing.
    package func mayBe(writtenAt milliseconds: Int64?) -> Bool {
        guard let newerThanMilliseconds else { return true }
        return milliseconds.map { $0 > newerThanMilliseconds } ?? false
    }

    /// Names the bytes that are meant, within a package.
    ///
    /// A reference stays the same when a repository is renamed, and its archive with it. Where upstream gives a checksum,
    /// another one means other bytes, whatever the reference. Without either there is nothing but the address.
    package var identity: String {
        [self.version, self.type, self.reference, self.shasum, self.isNamed ? nil : self.url]
            // The lengths keep two lists apart that run together to the same text.
            .map { part in part.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined()
    }

    private var isNamed: Bool { self.reference != nil || self.shasum != nil }
}
