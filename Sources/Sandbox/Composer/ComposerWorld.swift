import Synchronization

/// The packages of an imitated Composer repository: generated from a seed, and changed by commands.
///
/// Only what changed is kept, so that 450,000 packages need little memory; documents are made when they are asked for.
/// The world has a clock of its own, which moves with each publication; nothing depends on the time of day.
package final class ComposerWorld: Sendable {
    struct State: Sendable {
        let catalogue: ComposerCatalogue
        /// How many packages there are or were; their numbers are below it.
        var count: Int
        /// Names of packages that were added under a name of their own.
        var given: [Int: String] = [:]
        var numbers: [String: Int] = [:]
        var changed: [Int: ComposerPackageState] = [:]
        /// What is still served of packages that lag; nil: nothing yet.
        var stale: [Int: ComposerPackageState?] = [:]
        var lags: [ComposerLag] = []
        var feed: ComposerFeed
        var feedFaults: [(fault: ComposerFeedFault, times: Int?)] = []
        /// Whose document is served in place of a package's own.
        var swapped: [Int: Int] = [:]
        var quirks: [Int: ComposerQuirk] = [:]
        /// What packages were made to require, newest last; others require what follows from their number.
        var requirements: [Int: [ComposerRequirement]] = [:]
        /// What every second listing lacks, in percent.
        var listingLacksPercent = 0
        var listingsServed = 0
        /// In 1/10,000 s since 1970.
        var now: Int64
        var generator: SplitMix
        /// Rises with everything that can change what is served.
        var version = 0
        /// When something that a root lists or names changed last.
        var rootTime: Int64
        var publications = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - seed: The same seed makes the same packages and the same random choices.
    ///   - packages: How many there are at the start.
    ///   - startSeconds: The world's time at the start, in seconds since 1970.
    package init(
        seed: UInt64 = 1,
        packages: Int,
        startSeconds: Int64 = CivilTime.seconds(year: 2024, month: 6, day: 1)
    ) {
        self.state = Mutex(
            State(
                catalogue: ComposerCatalogue(seed: seed, startSeconds: startSeconds),
                count: packages,
                feed: ComposerFeed(newest: startSeconds * 10_000),
                now: startSeconds * 10_000,
                generator: SplitMix(seed: seed ^ 0x9d),
                rootTime: startSeconds * 10_000
            )
        )
    }

    func withState<R, E: Error>(_ body: (inout sending State) throws(E) -> sending R) throws(E) -> sending R {
        try self.state.withLock(body)
    }

    /// How many packages there are.
    package var packageCount: Int {
        self.withState { state in state.count - state.changed.values.reduce(0) { $0 + ($1.isDeleted ? 1 : 0) } }
    }

    /// The name of a package of the start, or of one that was added later: numbers go on from there.
    package func name(_ number: Int) -> String { self.withState { $0.name(number) } }

    /// All names, in byte order.
    package var names: [String] {
        self.withState { state in state.live.map { state.name($0) } }.sorted()
    }

    /// The newest stable version of a package; nil when it has none or is not there.
    package func newestVersion(_ name: String) -> String? {
        self.withState { state -> String? in
            guard let number = state.number(name), !state.current(number).isDeleted else { return nil }
            let count = state.catalogue.initialVersions(number) + state.current(number).releases.count
            guard count > 0 else { return nil }
            return ComposerVersion.stable(count - 1, isPrefixed: state.catalogue.hasPrefixedTags(number))
        }
    }

    /// The world's time, in 1/10,000 s since 1970.
    package var now: Int64 { self.withState { $0.now } }
}

extension ComposerWorld.State {
    var live: [Int] { (0..<self.count).filter { !(self.changed[$0]?.isDeleted ?? false) } }

    func name(_ number: Int) -> String { self.given[number] ?? self.catalogue.name(number) }

    /// The number of a package that is or was there.
    func number(_ name: String) -> Int? {
        if let number = self.numbers[name] { return number }
        guard let number = self.catalogue.number(name), number < self.count, self.given[number] == nil else {
            return nil
        }
        return number
    }

    /// After a change that is no publication: what is served is newer by a second at least.
    mutating func touch() {
        self.now += 10_000
        self.rootTime = self.now
        self.version += 1
    }

    func current(_ number: Int) -> ComposerPackageState {
        self.changed[number]
            ?? ComposerPackageState(
                mainTime: self.catalogue.initialTime(number, isDev: false),
                devTime: self.catalogue.initialTime(number, isDev: true)
            )
    }
}
