package import Facts

/// A source in the order of precedence, as far as it matters for who owns which names.
package struct OwningSource: Sendable {
    package var name: SourceName
    /// What the names of all its packages match, such as `acme/*`; a source without any owns what it lists.
    package var patterns: [String]
    /// Names what it gives up: where this changes, names may change their owner.
    package var exclusions: String
    /// Whether a name is left to later sources, though its vendor is this source's.
    package var givesUp: @Sendable (_ name: String) -> Bool
    /// The key of the package that this source would call so; nil where it has none.
    package var key: @Sendable (_ name: String) -> String?
    /// What this source would call the package of a key if no other source owned the name.
    package var packageName: @Sendable (_ key: String) -> String?

    package init(
        name: SourceName,
        patterns: [String] = [],
        exclusions: String = "",
        givesUp: @escaping @Sendable (_ name: String) -> Bool = { _ in false },
        key: @escaping @Sendable (_ name: String) -> String? = { $0 },
        packageName: @escaping @Sendable (_ key: String) -> String? = { $0 }
    ) {
        self.name = name
        self.patterns = patterns
        self.exclusions = exclusions
        self.givesUp = givesUp
        self.key = key
        self.packageName = packageName
    }

    /// The pattern that a name matches; patterns end in a star, or are names.
    func pattern(of name: String) -> String? {
        self.patterns.first { pattern in
            pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
        }
    }
}

/// A vendor that a source has listed.
package struct ListedVendor: Sendable, Equatable {
    /// The name that was the first of the vendor's to be seen in the source.
    package var name: String
    package var sinceMilliseconds: Int64

    package init(name: String, sinceMilliseconds: Int64) {
        self.name = name
        self.sinceMilliseconds = sinceMilliseconds
    }

    /// What stands before the slash.
    package static func vendor(of name: String) -> String {
        String(name.prefix { $0 != "/" })
    }
}
