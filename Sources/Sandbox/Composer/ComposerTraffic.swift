import Synchronization

/// What a mount was asked.
package struct ComposerRequests: Equatable, Sendable, Encodable {
    /// Requests by the route's name; routes that were never asked are left out.
    package var requests: [String: Int] = [:]
    /// Of them those that were answered with 304.
    package var notModified = 0
    /// Those that etiquette refused.
    package var refused = 0
    /// Those that came without the right credentials.
    package var unauthorized = 0
    /// The most that were under way at the same time.
    package var mostAtOnce = 0
    /// Those that brought credentials to the other host that a redirect led to.
    package var credentialsElsewhere = 0

    package init() {}

    package func count(_ route: SandboxRoute) -> Int { self.requests[route.rawValue] ?? 0 }

    package var total: Int { self.requests.values.reduce(0, +) }
}

/// Counts a mount's requests while they are answered.
final class ComposerTraffic: Sendable {
    private struct State: Sendable {
        var requests = ComposerRequests()
        var underWay = 0
    }

    private let state = Mutex(State())

    var requests: ComposerRequests { self.state.withLock { $0.requests } }

    /// - Returns: How many are under way now, this one included.
    func enter(_ route: SandboxRoute) -> Int {
        self.state.withLock { state in
            state.underWay += 1
            state.requests.requests[route.rawValue, default: 0] += 1
            state.requests.mostAtOnce = max(state.requests.mostAtOnce, state.underWay)
            return state.underWay
        }
    }

    func leave() { self.state.withLock { $0.underWay -= 1 } }

    func count(_ member: any WritableKeyPath<ComposerRequests, Int> & Sendable) {
        self.state.withLock { $0.requests[keyPath: member] += 1 }
    }

    func reset() { self.state.withLock { $0.requests = ComposerRequests() } }
}
