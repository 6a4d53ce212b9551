package import Composer
import Wire

/// The root document of a Composer repository: what it offers, with all addresses absolute.
///
/// Everything is here as the root says it, also what Composer has no eye for: ``offer`` tells what counts. Only what has
/// a meaning beside `metadata-url` alone (available packages and patterns, advisories, filter) is nil without it.
package struct RepositoryRoot: Sendable {
    package let url: RepositoryURL
    /// SHA-256 of the root's bytes: as long as it is the same, nothing that the root names by hash has changed.
    package let changeSign: ContentHash

    /// `metadata-url`: the documents of v2.
    ///
    /// With it `providers`, `provider-includes` and `includes` are dead for Composer.
    package internal(set) var metadataURL: URLTemplate?
    /// `metadata-changes-url`.
    package internal(set) var changesURL: String?
    /// `list`.
    package internal(set) var listURL: String?
    /// `providers-lazy-url`: documents of v1 by name, without a hash.
    package internal(set) var lazyURL: URLTemplate?
    /// `providers-url`: documents of v1 by name and hash.
    package internal(set) var providersURL: URLTemplate?
    package internal(set) var providerIncludes: [HashedFile] = []
    /// Those of the root itself.
    package internal(set) var providers: [ListedProvider] = []
    package internal(set) var includes: [IncludedFile] = []
    /// Whether `packages` has any: ``IncludedPackages`` reads them from the same bytes.
    package internal(set) var hasInlinePackages = false

    /// `available-packages` as keys; nil where there are none.
    package internal(set) var availablePackages: [String]?
    /// `available-package-patterns` as they stand, with `*` for anything; nil where there are none.
    package internal(set) var availablePatterns: [String]?

    package internal(set) var securityAdvisories: RootAdvisories?
    package internal(set) var filter: RootFilter?

    /// What could not be used, in words, by member; the first ones.
    package internal(set) var problems: [String] = []
    /// Entries of lists and maps that could not be used.
    package internal(set) var tally = FormatTally()

    /// Where documents are asked for by name: those of v2, else those of `providers-lazy-url`.
    package var documentURL: URLTemplate? { self.metadataURL ?? self.lazyURL }

    /// Reads a root.
    ///
    /// - Throws: ``UnreadableAnswer`` where it is none, or where the address that decides how it is read can't be used:
    ///   neither must look like a repository without packages.
    package init(parsing bytes: [UInt8], from url: RepositoryURL) throws {
        self.url = url
        self.changeSign = ContentHash(of: bytes)
        let expected = "root of a Composer repository"
        var parser = RootParser(url: url)
        try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            try reader.readObject { reader, key in try parser.read(&reader, reader.text(key), into: &self) }
            try reader.finish()
        }
        guard parser.isRoot else {
            throw UnreadableAnswer(expected, "it names neither packages nor where they are")
        }
        let deciding =
            parser.unusable["metadata-url"]
            ?? (self.metadataURL == nil
                ? parser.unusable["providers-url"] ?? parser.unusable["providers-lazy-url"] : nil)
        if let deciding { throw UnreadableAnswer(expected, deciding) }
        self.settle()
    }

    /// Leaves out what Composer only reads beside `metadata-url`.
    private mutating func settle() {
        guard self.metadataURL == nil else { return }
        self.availablePackages = nil
        self.availablePatterns = nil
        self.securityAdvisories = nil
        self.filter = nil
    }
}
