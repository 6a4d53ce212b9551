package import Facts

/// Where advisories come from.
///
/// A feed only reads: what was withdrawn, what is new, and whether too much goes at once is found out by whoever keeps
/// what it has read.
package protocol AdvisoryFeed: Sendable {
    /// What it is called in the settings and in the database.
    var name: SourceName { get }

    /// How long to leave the feed alone after a reading, whether that went well or not.
    var minimumPeriod: Duration { get }

    /// Reads what the feed has to say.
    ///
    /// - Throws: An `UpstreamError` where no usable answer came: then nothing is known, and nothing withdrawn.
    func read(_ request: FeedRequest) async throws -> FeedReading

    /// Finds out with one small request whether the feed can be read.
    ///
    /// - Throws: An `UpstreamError`.
    func check() async throws
}

/// What is wanted of a feed.
package struct FeedRequest: Sendable {
    /// What the last reading that was taken in said; nil for the first.
    package var cursor: String?
    /// Whether a reading from which withdrawals can be seen is due, where the feed has others as well.
    package var wantsAll: Bool
    /// Composer names of the packages that there are, in lower case, for feeds that are asked by name.
    package var names: @Sendable () async throws -> [String]

    package init(
        cursor: String? = nil,
        wantsAll: Bool = false,
        names: @escaping @Sendable () async throws -> [String] = { [] }
    ) {
        self.cursor = cursor
        self.wantsAll = wantsAll
        self.names = names
    }
}

/// What a feed has said.
///
/// What it has and could not be read is not withdrawn either: ``FeedTroubles/isUnread(_:)`` knows it.
package enum FeedReading: Sendable {
    /// Nothing new.
    case unchanged
    /// All that there is: what is missing was withdrawn.
    case everything([FeedAdvisory], cursor: String?, FeedTroubles)
    /// What is new and what has changed; withdraws nothing.
    case updates([FeedAdvisory], cursor: String?, FeedTroubles)
    /// All that there is for these names: what is missing for one of them was withdrawn. Of others it says nothing.
    case ofNames([(name: String, advisories: [FeedAdvisory])], cursor: String?, FeedTroubles)
}
