import Wire

/// A listing of a provider tree: `{"providers":{"acme/a":{"sha256":"…"}}}`, maybe with `provider-includes` of its own.
package struct ProviderListing: Sendable {
    /// Other listings that this one names; their keys are relative to the root's folder all the same.
    package private(set) var includes: [HashedFile] = []
    /// Entries of `providers` that were handed on.
    package private(set) var count = 0
    package private(set) var tally = FormatTally()

    /// Hands each entry to `onProvider`, in one pass and in the listing's order; of several for one name the last counts.
    ///
    /// - Throws: ``UnreadableAnswer`` where it is no listing or ends early: what `onProvider` got is worth nothing then.
    ///   Or what `onProvider` throws.
    package init(
        parsing bytes: [UInt8],
        from url: RepositoryURL,
        onProvider: (ListedProvider) throws -> Void
    ) throws {
        let expected = "listing of providers"
        var isListing = false
        try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            try reader.readObject { reader, key in
                switch try reader.text(key) {
                case "providers":
                    isListing = try reader.isCollection() || isListing
                    try reader.readProviders(&self.tally) { provider in
                        self.count += 1
                        try onProvider(provider)
                    }
                case "provider-includes":
                    isListing = try reader.isCollection() || isListing
                    self.includes = try reader.readHashedFiles(from: url, &self.tally)
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        }
        guard isListing else { throw UnreadableAnswer(expected, "it has no 'providers'") }
    }
}
