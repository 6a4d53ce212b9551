package import Facts

/// Asks one upstream: where it is, what changed, what there is, and what it says of packages.
package protocol UpstreamAsker<Payload>: Sendable {
    associatedtype Payload: Sendable

    /// Where upstream is, with one small request as a rule.
    ///
    /// - Parameter cursor: How far it was taken in; nil before the first time. Equal to what comes back where nothing has
    ///   changed since.
    /// - Throws: ``UpstreamError``.
    func position(since cursor: Position?) async throws -> Position

    /// As ``position(since:)``, where what the cursor says of where to ask may hold no more: upstream is asked for that too.
    func positionAnew(since cursor: Position?) async throws -> Position

    /// A stretch of what changed, in order, within bounded memory.
    ///
    /// - Throws: ``UpstreamError``; ``UpstreamError/Code/refused`` where upstream answers, and does not tell what came after
    ///   that position.
    func changes(_ wanted: StretchRequest) async throws -> ChangeStretch

    /// Hands the keys of all packages to `onKey`, as they come in.
    ///
    /// - Parameter etag: Of the last complete answer, to learn whether anything has changed.
    /// - Throws: ``UpstreamError``, where the listing is not whole; what `onKey` got is worth nothing then. Or what
    ///   `onKey` throws.
    func listing(unlessStill etag: String?, onKey: (String) throws -> Void) async throws -> ListingAnswer

    /// Asks about packages.
    ///
    /// A failure is one of its package, or, where ``UpstreamError/verdict`` says so, of the request. What has no result
    /// afterwards was not asked about, because the others' answers were much; one at least has.
    ///
    /// - Parameter suspects: Those that have spoilt batches: each is asked about alone.
    /// - Throws: Only `CancellationError`.
    func ask(
        about packages: [KnownPackage],
        suspects: [KnownPackage]
    ) async throws -> [String: Result<PackageAnswer<Payload>, UpstreamError>]

    /// Finds out with a request or two whether upstream answers what it should, wherever it is asked.
    ///
    /// - Parameter cursor: As for ``position(since:)``.
    /// - Throws: ``UpstreamError``.
    func check(since cursor: Position?) async throws

    /// Why nobody is asked about any more in this run; nil where upstream answers.
    var outage: UpstreamError? { get }

    /// What upstream was found to offer; nil where that was not asked in this run, or is the same for all of the kind.
    var offer: SourceOffer? { get }
}

extension UpstreamAsker {
    package var offer: SourceOffer? { nil }
    package func positionAnew(since cursor: Position?) async throws -> Position {
        try await self.position(since: cursor)
    }
    package func check(since cursor: Position?) async throws { _ = try await self.position(since: cursor) }
}

/// Which changes are wanted.
package struct StretchRequest: Sendable {
    /// The last one that is known; nil where nothing is.
    package var after: Position?
    /// Where upstream is, as another request told it: what only one answer says is not believed.
    package var bound: Position
    /// The last one that is wanted; nil for all.
    package var end: Position?
    /// Items of upstream's own, and packages and facts, after which the stretch ends.
    package var maxItems: Int
    package var maxSize: Int

    package init(after: Position?, bound: Position, end: Position? = nil, maxItems: Int, maxSize: Int) {
        self.after = after
        self.bound = bound
        self.end = end
        self.maxItems = maxItems
        self.maxSize = maxSize
    }
}

/// A stretch of changes, summed up by package.
package struct ChangeStretch: Sendable {
    package var packages: [PackageRecord]
    /// How far it goes; nil where nothing in it says.
    package var reached: Position?
    package var reachedAtMilliseconds: Int64?
    /// Whether nothing more follows, of what was wanted.
    package var isAtEnd: Bool
    /// Whether upstream can't tell all that changed: everything may have.
    package private(set) var isRestart: Bool
    /// Whether the listing has to be looked at for what is new or gone.
    package var wantsListing: Bool
    /// Items that upstream told of.
    package var items: Int
    /// Items that are beyond the bound and were passed over, and how far they go.
    package var unconfirmed: (items: Int, upTo: Position)?
    /// Parts of what upstream tells that could not be had: what is in them was not told, and the next run asks for them again.
    package var missed: [UpstreamError] = []
    package var tally: Tally

    /// What of it could not be digested, or makes no difference.
    package struct Tally: Equatable, Sendable {
        /// How often an item touched a package only where it changes nothing.
        package var neutral = 0
        /// Items over the limits, and such as can't be read: their packages are in here, without facts.
        package var oversized = 0
        package var damaged = 0
        /// Paths that no version can have, or that could not be read.
        package var droppedPaths = 0
        /// Keys that can't be asked for, or can be no name; each counts once.
        package var unusableKeys = 0

        package init() {}
    }

    package init(
        packages: [PackageRecord],
        reached: Position?,
        reachedAtMilliseconds: Int64? = nil,
        isAtEnd: Bool,
        isRestart: Bool = false,
        wantsListing: Bool = false,
        items: Int = 0,
        unconfirmed: (items: Int, upTo: Position)? = nil,
        tally: Tally = Tally()
    ) {
        self.packages = packages
        self.reached = reached
        self.reachedAtMilliseconds = reachedAtMilliseconds
        self.isAtEnd = isAtEnd
        self.isRestart = isRestart
        self.wantsListing = wantsListing || isRestart
        self.items = items
        self.unconfirmed = unconfirmed
        self.tally = tally
    }

    /// Has everything looked at, and what there is compared.
    package mutating func restarts() { (self.isRestart, self.wantsListing) = (true, true) }
}

/// What asking for the listing came to.
package enum ListingAnswer: Equatable, Sendable {
    /// Nothing has changed since the answer with the `ETag` that was sent.
    case notModified
    /// The listing was read to its end; its position is where upstream was then, where it says so.
    case complete(position: Position?, etag: String?)
}

/// What upstream says of one package.
package enum PackageAnswer<Payload: Sendable>: Sendable {
    case active(Payload, PackageFacts)
    /// What it said last still holds, as the validators of its parts tell.
    case unchanged
    /// That holds for those parts of the payload that are not among these.
    case partsChanged([PayloadPart])
    case closed(Closure)
    /// Upstream knows no package of that name.
    case notFound
}

extension PackageAnswer: Equatable where Payload: Equatable {}

/// What upstream says of a package without it going into a document.
package struct PackageFacts: Equatable, Sendable {
    /// Sites that have it installed, as upstream rounds them.
    package var activeInstalls: Int64?

    package init(activeInstalls: Int64? = nil) { self.activeInstalls = activeInstalls }
}
