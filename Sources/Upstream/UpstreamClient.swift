import AsyncHTTPClient
import FoundationEssentials
package import Logging
import NIOCore
import NIOHTTP1
import Resilience
import Synchronization
package import Transport

/// How one upstream is asked: the manners that everything that speaks to it shares.
///
/// Holds the request rate, the number of requests in flight, retries, and the pause that upstream asked for. Counts
/// every request that was sent.
package final class UpstreamClient: Sendable {
    /// What of a failed try is tried again.
    package enum Retries {
        /// Whatever may help, as the policy says.
        case policy
        /// Only what upstream asked to be sent later (429).
        case throttledOnly
    }

    package let configuration: Configuration
    package let logger: Logger
    private let http: HTTPClients
    private let elsewhere: JudgedClients?
    private let clock: any Clock<Duration>
    private let requests: RequestCount
    private let slots: ConcurrencyLimiter
    private let waitForTurn: @Sendable () async throws -> Void
    /// Time on `clock` since this client was made.
    private let elapsed: @Sendable () -> Duration
    private let pausedUntil = Mutex<Duration>(.zero)

    /// - Parameters:
    ///   - http: Configured with ``Configuration/apply(to:)``, for the hosts that were set.
    ///   - elsewhere: Configured likewise, for hosts that answers lead to; nil where they may lead to none.
    package convenience init<C: Clock>(
        http: HTTPClients,
        elsewhere: JudgedClients? = nil,
        configuration: Configuration,
        logger: Logger,
        clock: C = ContinuousClock()
    ) where C.Duration == Duration {
        self.init(http, elsewhere, configuration, logger, clock, RequestCount())
    }

    private init<C: Clock>(
        _ http: HTTPClients,
        _ elsewhere: JudgedClients?,
        _ configuration: Configuration,
        _ logger: Logger,
        _ clock: C,
        _ requests: RequestCount
    ) where C.Duration == Duration {
        let start = clock.now
        let limiter = RateLimiter(perSecond: configuration.requestsPerSecond, clock: clock)
        self.http = http
        self.elsewhere = elsewhere
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.requests = requests
        self.slots = ConcurrencyLimiter(limit: configuration.concurrency)
        self.waitForTurn = { try await limiter.waitForTurn() }
        self.elapsed = { start.duration(to: clock.now) }
    }

    /// One for another upstream, with a rate, requests in flight and pauses of its own; requests are counted together.
    package func limited(_ change: (inout Configuration) -> Void) -> UpstreamClient {
        var configuration = self.configuration
        change(&configuration)
        return UpstreamClient(self.http, self.elsewhere, configuration, self.logger, self.clock, self.requests)
    }

    /// Requests sent so far, retries and redirects included.
    package var requestCount: Int { self.requests.count.load(ordering: .relaxed) }

    /// Sends a request, again when that may help, and hands each answer to `read`.
    ///
    /// - Parameters:
    ///   - request: Made anew for each try.
    ///   - onTry: Called before each try.
    ///   - read: Reads status, headers and body; what it leaves unread is thrown away with the connection.
    /// - Throws: ``UpstreamError``, or what `read` throws.
    package func send<Value>(
        _ request: @autoclosure () -> UpstreamRequest,
        retries: Retries = .policy,
        onTry: () -> Void = {},
        read: (UpstreamAnswer) async throws -> Value
    ) async throws -> Value {
        try await retrying(
            self.configuration.retry,
            clock: self.clock,
            decide: { self.decide($0, retries) },
            operation: { attempt in
                onTry()
                do {
                    return try await self.slots.withSlot { try await self.sendOnce(request(), read: read) }
                } catch let error as UpstreamError {
                    self.note(error, attempt: attempt)
                    throw error
                }
            }
        )
    }

    private func sendOnce<Value>(
        _ request: UpstreamRequest,
        read: (UpstreamAnswer) async throws -> Value
    ) async throws -> Value {
        try await self.waitForTurn()
        try await self.waitForPause()
        return try await self.follow(request, redirects: [], read: read)
    }

    /// Sends a request, and goes on with it where the answer is a redirect that may be followed.
    private func follow<Value>(
        _ request: UpstreamRequest,
        redirects: [Redirect],
        read: (UpstreamAnswer) async throws -> Value
    ) async throws -> Value {
        let label = request.label
        let redirect = redirects.last
        let limits = ExchangeLimits(
            head: self.configuration.timeout,
            total: self.configuration.timeout * request.length.rawValue,
            pace: self.configuration.pace
        )
        var outcome: Result<Value, any Error>?
        var next: Redirect?
        do {
            let message = try request.httpRequest(userAgent: self.configuration.userAgent, redirect: redirect)
            try await self.withClient(for: redirect, of: request) { http in
                self.requests.count.add(1, ordering: .relaxed)
                try await AnswerStream.with(http, message, limits, logger: self.logger) { head, stream in
                    self.configuration.onAnswer?(head.headers)
                    if Redirect.isRedirect(status: Int(head.status.code)) {
                        next = try self.redirect(head, of: request, after: redirects)
                    } else {
                        // What the reader throws is not the connection's fault.
                        do {
                            outcome = .success(try await read(UpstreamAnswer(head, stream, label: label)))
                        } catch {
                            outcome = .failure(error)
                        }
                    }
                }
            }
        } catch {
            guard outcome != nil else {
                let isConfigured = request.redirects == .configured
                throw UpstreamError.transport(error, label: label, duringBody: false, isConfigured: isConfigured)
            }
        }
        if let outcome { return try outcome.get() }
        return try await self.follow(request, redirects: redirects + (next.map { [$0] } ?? []), read: read)
    }

    /// Gives `body` the client for configured hosts, or a judged one where an answer has led to another.
    private func withClient(
        for redirect: Redirect?,
        of request: UpstreamRequest,
        _ body: (HTTPClient) async throws -> Void
    ) async throws {
        let isElsewhere = redirect?.isElsewhere ?? false
        let isJudged = isElsewhere || request.namedBy != nil
        // Most have no proxy, and no URL to be read for one.
        if !isJudged, !self.http.hasProxies { return try await body(self.http.direct) }
        guard let url = redirect?.url ?? URL(string: request.url), let host = url.host() else {
            throw HTTPClientError.invalidURL
        }
        guard isJudged else { return try await body(self.http.client(for: url)) }
        guard let elsewhere = self.elsewhere else { throw ForbiddenAddress(range: nil) }
        // What an answer has named opens no ranges to where it leads: only what was configured does.
        let configured = URL(string: request.namedBy ?? request.url)?.host()
        if let proxied = self.http.clientOfProxy(for: url) {
            try await elsewhere.judgeAheadOfProxy(host, askedBy: configured)
            return try await body(proxied)
        }
        try await elsewhere.withClient(for: host, askedBy: configured, body)
    }

    private func redirect(
        _ head: HTTPResponseHead,
        of request: UpstreamRequest,
        after redirects: [Redirect]
    ) throws -> Redirect {
        let limit = request.redirects.limit
        guard redirects.count < limit else { throw RedirectRefusal.tooMany(limit) }
        guard let configured = URL(string: request.url) else { throw HTTPClientError.invalidURL }
        var redirect = try Redirect(
            status: Int(head.status.code),
            location: head.headers.first(name: "Location"),
            from: redirects.last?.url ?? configured,
            configured: configured,
            hosts: request.redirects == .anywhere ? nil : self.configuration.redirectHosts,
            isPlain: request.body == nil
        )
        if request.dropsQueries, redirect.isElsewhere {
            var parts = URLComponents(url: redirect.url, resolvingAgainstBaseURL: true)
            parts?.query = nil
            redirect.url = parts?.url ?? redirect.url
        }
        return redirect
    }

    private func decide(_ error: any Error, _ retries: Retries) -> RetryDecision {
        guard let error = error as? UpstreamError, error.isRetryable, !error.isFinalHere,
            retries == .policy || error.status == 429
        else { return .fail }
        return .retry(after: error.retryAfter.map { min($0, self.configuration.maxRetryAfter) })
    }

    /// A server that asks for time gets it from every task, not only from the one that it told.
    private func note(_ error: UpstreamError, attempt: Int) {
        self.logger.debug("upstream request failed", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
        guard let asked = error.retryAfter, error.status == 429 || error.status == 503 else { return }
        let pause = min(asked, self.configuration.maxRetryAfter)
        let until = self.elapsed() + pause
        let isLonger = self.pausedUntil.withLock { current in
            guard until > current else { return false }
            current = until
            return true
        }
        guard isLonger else { return }
        self.logger.notice(
            "upstream asks for a pause",
            metadata: ["seconds": "\(pause.components.seconds)", "url": "\(error.url)"]
        )
    }

    private func waitForPause() async throws {
        while true {
            let left = self.pausedUntil.withLock { $0 } - self.elapsed()
            guard left > .zero else { return }
            try await self.clock.sleep(for: left)
        }
    }
}

private final class RequestCount: Sendable {
    let count = Atomic<Int>(0)
}

extension Duration {
    /// Whole nanoseconds, at most about 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
