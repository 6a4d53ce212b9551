/// What is known of a package: all that its kind asks about it with, judges an answer by, and derives documents from
/// beside the payload.
package struct KnownPackage: Equatable, Sendable {
    /// Upstream's own name of it.
    package var key: String
    package var state: PackageState
    package var closure: Closure?
    /// The number of the last change that upstream told of (``PackageRecord/revision``), 0 for none.
    package var changedRevision: Int64
    package var changedAtMilliseconds: Int64?
    /// What upstream called the state that it was changed to (``PackageRecord/mark``).
    package var mark: String?
    /// That of the last one that its answers are known to show.
    package var settledRevision: Int64
    /// Times that upstream was found behind its own word since the last settled change.
    package var looks: Int
    /// Facts by path, as they are now.
    package var facts: LogFacts
    /// As they were up to the settled change; empty where nothing is newer.
    package var importedFacts: LogFacts
    /// Paths that were gone then.
    package var importedRemovals: Set<String>
    /// Paths that are gone, with the revision; a folder's for all in it that has no fact of its own.
    package var removedPaths: [String: Int64]
    /// Those of the parts of the stored payload, by name; none where no payload is stored.
    package var validators: [String: Validators]
    /// The payload as it is stored, for kinds that want it when they ask.
    package var parts: [PayloadPart]
    /// Versions that are published only with archives of ours, whose archives are there, the one that was fetched last as
    /// the last; nil where none of the package are kept.
    package var ownVersions: [OwnVersion]?
    /// When archives of ours of its versions first came, by normal form, milliseconds since 1970 in UTC.
    package var firstFetches: [String: Int64] = [:]

    package init(
        key: String,
        state: PackageState = .new,
        closure: Closure? = nil,
        changedRevision: Int64 = 0,
        changedAtMilliseconds: Int64? = nil,
        mark: String? = nil,
        settledRevision: Int64 = 0,
        looks: Int = 0,
        facts: LogFacts = [:],
        importedFacts: LogFacts = [:],
        importedRemovals: Set<String> = [],
        removedPaths: [String: Int64] = [:],
        validators: [String: Validators] = [:],
        parts: [PayloadPart] = []
    ) {
        self.key = key
        self.state = state
        self.closure = closure
        self.changedRevision = changedRevision
        self.changedAtMilliseconds = changedAtMilliseconds
        self.mark = mark
        self.settledRevision = settledRevision
        self.looks = looks
        self.facts = facts
        self.importedFacts = importedFacts
        self.importedRemovals = importedRemovals
        self.removedPaths = removedPaths
        self.validators = validators
        self.parts = parts
    }
}
