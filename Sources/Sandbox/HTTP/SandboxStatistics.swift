import Synchronization

/// How often each route was asked.
package struct SandboxStatistics: Equatable, Sendable {
    /// Requests by route; routes that were never asked are left out.
    package var requests: [String: Int] = [:]
    /// How many packages the API was asked about, batches counted one by one.
    package var packagesAsked = 0
    /// Answers by status code.
    package var statuses: [Int: Int] = [:]

    package init() {}

    package func count(_ route: SandboxRoute) -> Int { self.requests[route.rawValue] ?? 0 }

    /// All requests to the imitation of upstreams.
    package var upstreamRequests: Int {
        SandboxRoute.allCases.filter(\.isUpstream).reduce(0) { $0 + self.count($1) }
    }
}

/// Counts requests while they are answered.
final class RequestCounter: Sendable {
    private let state = Mutex(SandboxStatistics())
    private let underWay = Mutex(0)

    func begin() { self.underWay.withLock { $0 += 1 } }

    func end() { self.underWay.withLock { $0 -= 1 } }

    /// Whether no request is being handled.
    var isIdle: Bool { self.underWay.withLock { $0 == 0 } }

    func record(_ exchange: Exchange) {
        self.state.withLock { state in
            state.requests[exchange.route.rawValue, default: 0] += 1
            if exchange.route.isUpstream { state.packagesAsked += exchange.slugs.count }
        }
    }

    func record(status: Int) { self.state.withLock { $0.statuses[status, default: 0] += 1 } }

    var statistics: SandboxStatistics { self.state.withLock { $0 } }

    func reset() { self.state.withLock { $0 = SandboxStatistics() } }
}
