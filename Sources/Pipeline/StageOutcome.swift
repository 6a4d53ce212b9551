package import Facts
package import Store

/// How a stage ended, as its exit status says it.
package enum StageExit: Int32, Sendable {
    case done = 0
    case failed = 1
    /// Some packages failed and will be tried again.
    case partial = 3
    /// Another run holds the lease.
    case leaseHeld = 4
    /// A safety guard refused.
    case refused = 5
    case badSetting = 64
    /// Stopped by SIGINT, as Ctrl-C sends it, after returning its leases.
    case interrupted = 130
    /// Stopped by SIGTERM after returning its leases.
    case terminated = 143

    package var status: RunStatus {
        switch self {
        case .done: .succeeded
        case .failed, .badSetting, .refused: .failed
        case .partial: .partial
        case .leaseHeld: .skipped
        case .interrupted, .terminated: .interrupted
        }
    }
}

extension StageExit: Comparable {
    /// From the best to the worst.
    private static let order: [Self] = [
        .done, .partial, .leaseHeld, .refused, .badSetting, .failed, .interrupted, .terminated,
    ]

    package static func < (left: Self, right: Self) -> Bool {
        Self.order.firstIndex(of: left) ?? 0 < Self.order.firstIndex(of: right) ?? 0
    }
}

/// What a run did.
package struct StageOutcome: Sendable {
    package var exit: StageExit
    package var counters: [Counter: Int]
    /// The runs whose output it took.
    package var consumed: Set<RunID>
    /// Why it did not end well; one line.
    package var error: String?
    /// Lines for the summary on a terminal: what changed, what failed and when it is tried again.
    package var notes: [String]

    package init(
        exit: StageExit = .done,
        counters: [Counter: Int] = [:],
        consumed: Set<RunID> = [],
        error: String? = nil,
        notes: [String] = []
    ) {
        self.exit = exit
        self.counters = counters
        self.consumed = consumed
        self.error = error
        self.notes = notes
    }
}

extension StageOutcome {
    /// One more reason why it did not end well, beside those before it.
    mutating func addError(_ error: String) { self.error = self.error.map { "\($0); \(error)" } ?? error }

    /// The same with all that was counted since.
    package func with(_ counters: Counters) -> Self {
        var outcome = self
        outcome.counters.merge(counters.snapshot) { $1 }
        return outcome
    }
}
