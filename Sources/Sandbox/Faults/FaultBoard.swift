import Synchronization

/// The faults that are on, and the limits on requests per second.
final class FaultBoard: Sendable {
    private struct Entry: Sendable {
        var id: Int
        var fault: SandboxFault
    }

    private struct Limit: Sendable {
        var route: String
        var perSecond: Int
        var retryAfterSeconds: Int
        var windowStart: ContinuousClock.Instant
        var inWindow = 0
    }

    private struct State: Sendable {
        var faults: [Entry] = []
        var limits: [Limit] = []
        var lastID = 0
        /// How often something was taken back.
        var clearings = 0
    }

    private let state = Mutex(State())

    func add(_ fault: SandboxFault) -> Int {
        self.state.withLock { state in
            state.lastID += 1
            state.faults.append(Entry(id: state.lastID, fault: fault))
            return state.lastID
        }
    }

    /// Takes back one fault, or all faults and limits.
    func clear(id: Int? = nil) {
        self.state.withLock { state in
            state.clearings += 1
            if let id {
                state.faults.removeAll { $0.id == id }
            } else {
                state.faults = []
                state.limits = []
            }
        }
    }

    /// How often faults were taken back, for ``wait(milliseconds:since:)``.
    var clearings: Int { self.state.withLock { $0.clearings } }

    /// Waits this long, or until faults have been taken back since `clearings` was read.
    func wait(milliseconds: Int, since clearings: Int) async throws {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while self.clearings == clearings, case let left = ContinuousClock.now.duration(to: end), left > .zero {
            try await Task.sleep(for: min(left, .milliseconds(20)))
        }
    }

    func limit(route: String, perSecond: Int, retryAfterSeconds: Int) {
        self.state.withLock { state in
            state.limits.removeAll { $0.route == route }
            guard perSecond > 0 else { return }
            state.limits.append(
                Limit(route: route, perSecond: perSecond, retryAfterSeconds: retryAfterSeconds, windowStart: .now)
            )
        }
    }

    /// The effects that strike a request: at most one that answers, after any number of delays.
    func effects(on exchange: Exchange) -> [SandboxFault.Effect] {
        self.state.withLock { state in
            if state.faults.isEmpty && state.limits.isEmpty { return [] }
            if let seconds = Self.throttle(exchange, &state) { return [.status(429, retryAfterSeconds: seconds)] }
            var effects: [SandboxFault.Effect] = []
            for index in state.faults.indices where state.faults[index].fault.matches(exchange) {
                if state.faults[index].fault.skip > 0 {
                    state.faults[index].fault.skip -= 1
                    continue
                }
                if let times = state.faults[index].fault.times {
                    if times <= 0 { continue }
                    state.faults[index].fault.times = times - 1
                }
                effects.append(state.faults[index].fault.effect)
                if case .delay = state.faults[index].fault.effect { continue }
                break
            }
            return effects
        }
    }

    private static func throttle(_ exchange: Exchange, _ state: inout State) -> Int? {
        let now = ContinuousClock.now
        for index in state.limits.indices where Glob.matches(state.limits[index].route, exchange.route.rawValue) {
            if now - state.limits[index].windowStart >= .seconds(1) {
                state.limits[index].windowStart = now
                state.limits[index].inWindow = 0
            }
            state.limits[index].inWindow += 1
            if state.limits[index].inWindow > state.limits[index].perSecond {
                return state.limits[index].retryAfterSeconds
            }
        }
        return nil
    }
}
