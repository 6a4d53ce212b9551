extension ComposerWorld {
    /// Changes packages, each by a publication of its own, a second apart or more.
    ///
    /// - Parameter isSameSecond: Whether the publications follow at once, so that a document that was fetched just before
    ///   can have the same Last-Modified afterwards.
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package; nothing has changed then.
    package func publish(
        _ names: [String],
        _ change: ComposerChange = .release,
        isSameSecond: Bool = false
    ) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            for number in try state.existing(names) {
                state.publish(number, change, isSameSecond: isSameSecond)
            }
        }
    }

    /// Changes this many packages, chosen at random.
    ///
    /// - Returns: Their names; fewer, when there are not so many packages.
    @discardableResult
    package func publish(count: Int, _ change: ComposerChange = .release) -> [String] {
        self.withState { state in
            state.choose(count).map { number in
                state.publish(number, change)
                return state.name(number)
            }
        }
    }

    /// Adds packages under these names, each with two releases or more; one that was deleted comes back with what it had.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` when a package is there already; nothing has changed then.
    package func add(_ names: [String]) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            for name in names {
                guard name.split(separator: "/", omittingEmptySubsequences: false).count == 2 else {
                    throw .badCommand("\"\(name)\" is no name of a package; write vendor/name")
                }
                if let number = state.number(name), !state.current(number).isDeleted {
                    throw .badCommand("\"\(name)\" exists already; choose another name or delete it first")
                }
            }
            for name in names { state.add(named: name) }
        }
    }

    /// Adds this many packages.
    ///
    /// - Returns: Their names.
    @discardableResult
    package func add(count: Int) -> [String] {
        self.withState { state in (0..<max(0, count)).map { _ in state.name(state.add(named: nil)) } }
    }

    /// Takes packages out of the repository.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package; nothing has changed then.
    package func delete(_ names: [String]) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            for number in try state.existing(names) { state.delete(number) }
        }
    }

    /// Takes this many packages out, chosen at random.
    ///
    /// - Returns: Their names.
    @discardableResult
    package func delete(count: Int) -> [String] {
        self.withState { state in
            state.choose(count).map { number in
                state.delete(number)
                return state.name(number)
            }
        }
    }

    /// From now on, changes reach the feed but not the documents, until the lag ends.
    ///
    /// - Parameters:
    ///   - name: nil: all packages.
    ///   - publications: It ends after so many more.
    ///   - duration: It ends after this time.
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package.
    package func lag(name: String? = nil, publications: Int? = nil, duration: Duration? = nil) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            let number = try name.map { (name: String) throws(SandboxError) in try state.existing([name])[0] }
            state.lags.append(
                ComposerLag(
                    number: number,
                    untilPublications: publications.map { state.publications.addingReportingOverflow($0).partialValue },
                    until: duration.map { .now + $0 }
                )
            )
        }
    }

    /// Ends the lags of one package, or all of them.
    package func releaseLag(name: String? = nil) {
        self.withState { state in
            let number = name.flatMap { state.number($0) }
            if name != nil, number == nil { return }
            state.lags.removeAll { number == nil || $0.number == number }
            state.dropUncovered()
        }
    }

    /// The clock moves by no more than 30 years at once.
    package static let longestSeconds: Int64 = 1_000_000_000

    /// Moves the world's clock forward: what is older than a day is told by the feed no more.
    package func advance(seconds: Int64) {
        self.withState { state in
            state.now += min(max(0, seconds), Self.longestSeconds) * 10_000
            state.feed.prune(now: state.now)
            state.version += 1
        }
    }

    /// Lets the next answers of the feed be wrong.
    ///
    /// - Parameter times: How many; nil: all until ``mendFeed()``.
    package func breakFeed(_ fault: ComposerFeedFault, times: Int? = nil) {
        self.withState { $0.feedFaults.append((fault, times)) }
    }

    package func mendFeed() { self.withState { $0.feedFaults = [] } }

    /// Lets every second answer of the list, and every second root that lists packages, lack this share of them, as
    /// when two servers disagree; 0 takes it back.
    package func letListingsDisagree(percent: Int) {
        self.withState { state in
            state.listingLacksPercent = min(100, max(0, percent))
            state.listingsServed = 0
            state.touch()
        }
    }

    /// Lets a package's main document on Packagist be odd; nil takes it back.
    ///
    /// Neither its time changes nor what the feed says: publish it for a follower to see.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package.
    package func bend(_ name: String, _ quirk: ComposerQuirk?) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            state.quirks[try state.existing([name])[0]] = quirk
        }
    }

    /// Serves `other`'s documents in place of a package's own; nil takes it back.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package.
    package func answer(_ name: String, with other: String?) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            let number = try state.existing([name])[0]
            state.swapped[number] = try other.map { (other: String) throws(SandboxError) in
                try state.existing([other])[0]
            }
            state.touch()
        }
    }
}
