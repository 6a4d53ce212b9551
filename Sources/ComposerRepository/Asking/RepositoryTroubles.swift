import Synchronization
import Upstream

/// Whether upstream still answers, beside what it says of single packages.
final class RepositoryTroubles: Sendable {
    private struct State {
        var outage: UpstreamError?
        var failuresInARow = 0
    }

    /// Packages in a row about which no answer came, after which no others are asked about.
    private static let most = 10

    private let state = Mutex(State())

    var outage: UpstreamError? { self.state.withLock { $0.outage } }

    func answered() { self.state.withLock { $0.failuresInARow = 0 } }

    /// - Parameter isFinal: Whether nobody needs to be asked about any more, whatever came before.
    func failed(_ error: UpstreamError, isFinal: Bool = false) {
        self.state.withLock { state in
            state.failuresInARow += 1
            if state.outage == nil, isFinal || state.failuresInARow >= Self.most { state.outage = error }
        }
    }
}
