package import Facts

/// How many advisories there are, and of how many packages.
package struct AdvisoryCensus: Sendable, Encodable, Equatable {
    /// By feed: those that it has now, whether there are such packages here or not.
    package var advisories: [String: Int] = [:]
    /// Packages, closed ones too, that any of them is about.
    package var packages = 0

    package init() {}
}

extension PipelineState {
    /// How far a feed of advisories was taken in.
    package struct AdvisoryFeed: Sendable, Encodable, Equatable {
        package var name: String
        /// When it was last asked for anything, whatever came of it.
        package var askedAtMilliseconds: Int64?
        /// When that last ended well.
        package var readAtMilliseconds: Int64?
        /// When all that it has was last read.
        package var readWholeAtMilliseconds: Int64?
        /// Since when no try has ended well; nil when the last one did.
        package var failingSinceMilliseconds: Int64?
        package var lastError: String?
        /// The run that is at work on it.
        package var leasedBy: RunID?
    }

    /// Milliseconds for which a feed that nobody asks any more is still taken for one that is in use.
    private static let usedForMilliseconds: Int64 = 86_400_000

    /// The feeds that there is something to be told of: those that the settings name, in their order, or, where they name
    /// none, those that a `discover` with other settings has asked within a day.
    package func feedsInUse(named names: [SourceName]) -> [SourceName] {
        if !names.isEmpty { return names }
        return self.advisoryFeeds.filter { Self.isInUse(askedAt: $0.askedAtMilliseconds, now: self.nowMilliseconds) }
            .map { SourceName($0.name) }
    }

    static func isInUse(askedAt: Int64?, now: Int64) -> Bool {
        askedAt.map { $0 > now - Self.usedForMilliseconds } ?? false
    }
}

extension Store {
    /// The same as ``PipelineState/feedsInUse(named:)``.
    package func advisoryFeedsInUse(named names: [SourceName]) async throws -> [SourceName] {
        if !names.isEmpty { return names }
        let now = try await self.now()
        return try await self.advisoryFeeds().filter {
            PipelineState.isInUse(askedAt: $0.askedAtMilliseconds, now: now)
        }.map { SourceName($0.name) }
    }
}
