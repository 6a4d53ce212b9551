import HTTPTypes
import Hummingbird
import Resilience

/// Requests by what they cost: each kind has slots of its own, so that none has to wait for another.
package enum RequestKind: Sendable, CaseIterable {
    case document, feed, list, search, audit, page, report
    /// `/metrics` and `/status.json`.
    case watching

    /// - Returns: nil for what needs no slot, because it costs next to nothing or tells whether the server lives.
    init?(path: String) {
        // Slashes that say nothing are nothing to the router either.
        let path = "/" + path.split(separator: "/").joined(separator: "/")
        switch path {
        case "/healthz", "/readyz": return nil
        case "/metrics", "/status.json": self = .watching
        case "/packages.json", "/advisories/packages.json", "/filter/summary.json": self = .document
        case "/metadata/changes.json": self = .feed
        case "/packages/list.json": self = .list
        case "/packages", "/search.json": self = .search
        case "/api/security-advisories": self = .audit
        case "/downloads": self = .report
        // Who waits for an archive keeps nobody else waiting; they have limits of their own.
        case _ where path.hasPrefix("/dist/"): return nil
        default: self = ["/p2/", "/v1/", "/advisories/p2/"].contains { path.hasPrefix($0) } ? .document : .page
        }
    }
}

/// How many requests of a kind are at work at once, and how many wait for that.
package struct SlotLimits: Sendable {
    package var atWork: Int
    package var waiting: Int

    package init(atWork: Int, waiting: Int) {
        self.atWork = atWork
        self.waiting = waiting
    }

    /// All that are at work together leave connections to the database to those that cost little.
    static let usual: [RequestKind: SlotLimits] = [
        .document: SlotLimits(atWork: 16, waiting: 512),
        .feed: SlotLimits(atWork: 1, waiting: 64),
        .list: SlotLimits(atWork: 1, waiting: 64),
        .search: SlotLimits(atWork: 1, waiting: 32),
        .audit: SlotLimits(atWork: 1, waiting: 64),
        .page: SlotLimits(atWork: 1, waiting: 32),
        .report: SlotLimits(atWork: 16, waiting: 64),
        .watching: SlotLimits(atWork: 1, waiting: 16),
    ]
}

/// Lets few requests of a kind work at once, and turns away what would wait for long.
struct Slots<Context: RequestContext>: RouterMiddleware {
    private let limiters: [RequestKind: ConcurrencyLimiter]
    private let longestWait: Duration
    private let clients: Clients

    init(_ limits: ServerLimits, clients: Clients) {
        self.clients = clients
        self.longestWait = limits.longestWait
        self.limiters = limits.slots.mapValues { ConcurrencyLimiter(limit: $0.atWork, waiting: $0.waiting) }
    }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let kind = RequestKind(path: request.uri.path), let limiter = self.limiters[kind] else {
            return try await next(request, context)
        }
        let arrival = ContinuousClock.now
        do {
            return try await limiter.withSlot {
                guard arrival.duration(to: .now) < self.longestWait, kind == .watching || self.clients.hasRoom else {
                    return Self.refusal
                }
                return try await next(request, context)
            }
        } catch is ConcurrencyLimiter.Full {
            return Self.refusal
        }
    }

    private static var refusal: Response { .comeAgain("too many requests of this kind at once; try again") }
}
