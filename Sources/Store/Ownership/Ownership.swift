import Composer
package import Facts

/// Who owns which names, as it is known at one moment.
///
/// A source owns the names that its patterns match; without patterns, those of all vendors that it ever listed. What it
/// gives up is not its own. The first source that owns a name is its owner, whatever becomes of the package there: later
/// ones publish nothing under it.
package struct Ownership: Sendable {
    /// Why a name is a source's.
    package enum Reason: Sendable, Equatable {
        case pattern(String)
        /// The source has listed a name of its vendor.
        case vendor(ListedVendor)
    }

    /// In their order.
    package let sources: [OwningSource]
    /// Of the sources that own what they list, but for the last one; nil where they were not asked for.
    private(set) var vendors: [SourceName: [String: ListedVendor]]?
    /// How many those are.
    ///
    /// Rows are only added: the number tells which they are.
    var vendorCounts: [SourceName: Int] = [:]
    /// Sources that were listed with their vendors at least once.
    var listed: Set<SourceName> = []
    /// What `sources` said, read in the same moment.
    var namings: [SourceName: String] = [:]
    var storedTerms: [SourceName: String] = [:]

    init(sources: [OwningSource]) { self.sources = sources }

    mutating func know(_ vendors: [SourceName: [String: ListedVendor]]) {
        self.vendors = vendors
        self.vendorCounts = vendors.mapValues(\.count)
    }

    /// The first source that owns a name.
    ///
    /// - Parameter later: Only those that come before this one.
    package func owner(of name: String, before later: SourceName? = nil) -> (source: SourceName, reason: Reason)? {
        self.owner(of: name, among: later.map(self.before) ?? self.sources)
    }

    private func owner(of name: String, among sources: [OwningSource]) -> (source: SourceName, reason: Reason)? {
        for source in sources {
            if let reason = self.reason(of: source, name), !source.givesUp(name) { return (source.name, reason) }
        }
        return nil
    }

    /// Whether a source leaves a name to others.
    func givesUp(_ name: String, _ source: SourceName) -> Bool {
        self.sources.first { $0.name == source }?.givesUp(name) ?? false
    }

    private func reason(of source: OwningSource, _ name: String) -> Reason? {
        if let pattern = source.pattern(of: name) { return .pattern(pattern) }
        guard self.vendorCounts[source.name, default: 0] > 0 else { return nil }
        // Without them a name would seem to be anybody's, and be published.
        guard let vendors = self.vendors?[source.name] else { preconditionFailure("vendors were not asked for") }
        return vendors[ListedVendor.vendor(of: name)].map { .vendor($0) }
    }

    /// What comes before a source and could own a name of it.
    ///
    /// Patterns of two sources have nothing in common: the settings see to it.
    private func before(_ later: SourceName) -> [OwningSource] {
        guard let index = self.sources.firstIndex(where: { $0.name == later }) else { return [] }
        let hasPatterns = !self.sources[index].patterns.isEmpty
        return self.sources[..<index].filter { !hasPatterns || $0.patterns.isEmpty }
    }

    /// Whether the vendors of what a source lists are recorded: where they could keep later sources from names.
    package static func recordsVendors(_ source: SourceName, among sources: [OwningSource]) -> Bool {
        self.recording(sources).contains(source.rawValue)
    }

    static func recording(_ sources: [OwningSource]) -> [String] {
        sources.dropLast().filter(\.patterns.isEmpty).map(\.name.rawValue)
    }

    /// The vendors that are known of a source.
    package func vendors(of source: SourceName) -> Set<String> { Set((self.vendors?[source] ?? [:]).keys) }

    /// Sources that have to be listed before a later one publishes anything: until then nobody knows what is theirs.
    package func awaited(by later: SourceName) -> [SourceName] {
        self.before(later).filter { $0.patterns.isEmpty && !self.listed.contains($0.name) }.map(\.name)
    }

    /// The sources that come after one, with the terms that keep names from them.
    func after(_ source: SourceName) -> [OwningSource] {
        guard let index = self.sources.firstIndex(where: { $0.name == source }) else { return [] }
        return Array(self.sources[(index + 1)...])
    }

    // MARK: Terms and rules

    /// Names what the settings say of those that come before a source: what a person can change.
    ///
    /// Empty where nobody could own a name of it.
    package func terms(of later: SourceName) -> String {
        let terms = self.before(later).map { source in
            ([source.name.rawValue] + source.patterns + [source.exclusions]).joined(separator: "\n")
        }
        return terms.isEmpty ? "" : Self.digest(terms)
    }

    /// Whether a source's packages were named under other terms, and not only for want of any.
    package func hasOtherTerms(_ source: SourceName) -> Bool {
        self.storedTerms[source, default: ""] != self.terms(of: source)
    }

    /// Whether a source's packages were named under any terms before.
    package func hadTerms(_ source: SourceName) -> Bool { self.storedTerms[source] != nil }

    /// By which rule a source's packages were named when this was read.
    package func naming(of source: SourceName) -> String? { self.namings[source] }

    /// How the packages of a source are called: by their own rule, and not at all where the name is another source's, or
    /// given up.
    package func rule(
        of source: SourceName,
        own: String,
        name: @escaping @Sendable (_ key: String) -> String?
    ) -> Store.NameRule {
        let before = self.before(source)
        let itself = self.sources.first { $0.name == source }
        let exclusions = itself?.exclusions ?? ""
        guard !before.isEmpty || !exclusions.isEmpty else { return Store.NameRule(own, name: name) }
        let vendors = before.map { "\(self.vendorCounts[$0.name, default: 0])" }
        return Store.NameRule("\(own) under \(Self.digest([exclusions, self.terms(of: source)] + vendors))") { key in
            guard let name = name(key), !self.givesUp(name, source), self.owner(of: name, among: before) == nil else {
                return nil
            }
            return name
        }
    }

    private static func digest(_ texts: [String]) -> String {
        String(ContentHash(of: Array(texts.joined(separator: "\n\n").utf8)).hexadecimal.prefix(24))
    }
}
