extension RepositoryRoot {
    /// The best way to find out what changed that a root offers, best first.
    package enum Offer: String, Hashable, Sendable, CaseIterable {
        /// ``changesURL`` tells what changed.
        case feed
        /// Listings by hash name documents by hash: ``providersURL``, ``providerIncludes``, ``providers``.
        case tree
        /// Whole packages in the root and in ``includes``; maybe none at all.
        case includes
        /// The names are known, from ``availablePackages`` or ``listURL``; ``documentURL`` tells of each.
        case list
        /// `providers-lazy-url`: only names that are told can be asked for.
        case lazy
        /// `metadata-url` alone: only names that are told can be asked for.
        case names
    }

    package var offer: Offer {
        if self.metadataURL != nil {
            if self.changesURL != nil { return .feed }
            if self.namesAreListed { return .list }
            // As GitLab has it for all but Composer 2: the tree is dead for Composer, and still says what there is.
            return self.hasListings && self.providersURL != nil ? .tree : .names
        }
        if self.isTree { return .tree }
        if self.lazyURL == nil { return .includes }
        return self.namesAreListed ? .list : .lazy
    }

    /// Whether listings count.
    ///
    /// For Composer `providers-url` alone makes a tree, and then it looks at nothing else. Where it was forgotten in a root
    /// that lists no providers, what else there is counts.
    private var isTree: Bool {
        guard self.metadataURL == nil, self.providersURL != nil else { return false }
        if self.hasListings { return true }
        return self.includes.isEmpty && !self.hasInlinePackages && self.lazyURL == nil
    }

    private var hasListings: Bool { !self.providerIncludes.isEmpty || !self.providers.isEmpty }

    /// Whether there is a list of all names beside the documents: without patterns ``availablePackages`` is one.
    package var namesAreListed: Bool { self.availableAreAll || self.listURL != nil }

    /// Whether ``availablePackages`` has all names; then Composer does not ask for ``listURL``, which may be filtered.
    package var availableAreAll: Bool { self.availablePackages != nil && self.availablePatterns == nil }

    /// Whether packages in the root itself win over documents for their names.
    package var hasPartialPackages: Bool {
        self.hasInlinePackages && (self.metadataURL != nil || self.lazyURL != nil && !self.isTree)
    }

    /// Whether all names can be listed.
    package var isFinite: Bool {
        switch self.offer {
        case .feed: self.namesAreListed
        // Names that the listings lack are asked for by Composer where there is an address for them.
        case .tree: self.lazyURL == nil
        case .includes, .list: true
        case .lazy, .names: false
        }
    }

    /// The offer in words, for people.
    package var offerInWords: String {
        let words =
            switch self.offer {
            case .feed: self.isFinite ? "change feed with list" : "change feed without list"
            case .tree: self.isFinite ? "provider tree" : "provider tree, other packages by name"
            case .includes: self.includes.isEmpty ? "packages in the root" : "includes"
            case .list: self.availableAreAll ? "list of available packages" : "list of packages"
            case .lazy: "packages by name (providers-lazy-url)"
            case .names: "packages by name (metadata-url)"
            }
        return self.hasPartialPackages ? words + ", some packages in the root" : words
    }
}
