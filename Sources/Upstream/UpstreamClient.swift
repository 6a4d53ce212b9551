package import AsyncHTTPClient
package import Logging
import NIOCore
package import Resilience
import Synchronization

/// How one upstream is asked: the manners that everything that speaks to it shares.
///
/// Holds the request rate, the number of requests in flight, retries, and the pause that upstream asked for. Counts
/// every request that was sent.
package final class UpstreamClient: Sendable {
    package struct Configuration: Sendable {
        /// Names the program and a contact, as upstream's operators wish.
        package var userAgent: String
        /// 0 means no limit.
        package var requestsPerSecond: Double
        /// The most requests in flight, at least 1.
        package var concurrency: Int
        /// How long to wait for the head of an answer; an API answer may take five times as long in all.
        package var timeout: Duration
        package var retry: RetryPolicy
        /// The most bytes of one streamed answer (log, listing), after decompression.
        package var maxAnswerBytes: Int
        /// The most bytes of one API answer, after decompression.
        package var maxAPIAnswerBytes: Int
        /// The longest pause that a `Retry-After` brings about.
        package var maxRetryAfter: Duration

        package init(
            userAgent: String,
            requestsPerSecond: Double = 5,
            concurrency: Int = 4,
            timeout: Duration = .seconds(60),
            retry: RetryPolicy = RetryPolicy(),
            maxAnswerBytes: Int = 64 << 20,
            maxAPIAnswerBytes: Int = 32 << 20,
            maxRetryAfter: Duration = .seconds(600)
        ) {
            self.userAgent = userAgent
            self.requestsPerSecond = requestsPerSecond
            self.concurrency = concurrency
            self.timeout = timeout
            self.retry = retry
            self.maxAnswerBytes = maxAnswerBytes
            self.maxAPIAnswerBytes = maxAPIAnswerBytes
            self.maxRetryAfter = maxRetryAfter
        }

        /// Sets what the HTTP client itself has to know: an idle limit for bodies, no decompression, at most
        /// three redirects, as many connections as requests in flight, no hidden retries.
        package func apply(to http: inout HTTPClient.Configuration) {
            http.timeout.connect = http.timeout.connect ?? .seconds(10)
            http.timeout.read = .nanoseconds(self.timeout.nanoseconds)
            // Bodies are unpacked a piece at a time where they are read: the client would hold at once whatever a read
            // of the socket unpacks to.
            http.decompression = .disabled
            http.redirectConfiguration = .follow(max: 3, allowCycles: false)
            // Retries are made here, where they are counted and can be seen; the pool's own would hide a refused
            // connection until the time for connecting is over.
            http.connectionPool.retryConnectionEstablishment = false
            http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(
                self.concurrency,
                http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit
            )
        }
    }

    /// What of a failed try is tried again.
    enum Retries {
        /// Whatever may help, as the policy says.
        case policy
        /// Only what upstream asked to be sent later (429).
        case throttledOnly
    }

    let configuration: Configuration
    let logger: Logger
    private let http: HTTPClient
    private let clock: any Clock<Duration>
    private let slots: ConcurrencyLimiter
    private let waitForTurn: @Sendable () async throws -> Void
    /// Time on `clock` since this client was made.
    private let elapsed: @Sendable () -> Duration
    private let pausedUntil = Mutex<Duration>(.zero)
    private let requests = Atomic<Int>(0)

    /// - Parameter http: Configured with ``Configuration/apply(to:)``; without a read timeout a body that stops coming
    ///   is waited for without end.
    package init<C: Clock>(
        http: HTTPClient,
        configuration: Configuration,
        logger: Logger,
        clock: C = ContinuousClock()
    ) where C.Duration == Duration {
        let start = clock.now
        let limiter = RateLimiter(perSecond: configuration.requestsPerSecond, clock: clock)
        self.http = http
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.slots = ConcurrencyLimiter(limit: configuration.concurrency)
        self.waitForTurn = { try await limiter.waitForTurn() }
        self.elapsed = { start.duration(to: clock.now) }
    }

    /// Requests sent so far, retries and redirects included.
    package var requestCount: Int { self.requests.load(ordering: .relaxed) }

    /// Sends a request, again when that may help, and hands each answer to `read`.
    ///
    /// - Parameters:
    ///   - request: Made anew for each try.
    ///   - onTry: Called before each try.
    ///   - read: Reads status, headers and body; what it leaves unread is thrown away with the connection.
    /// - Throws: ``UpstreamError``, or what `read` throws.
    func send<Value>(
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
        let started = self.elapsed()
        let label = request.label
        self.requests.add(1, ordering: .relaxed)
        let response: HTTPClientResponse
        do {
            response = try await self.http.execute(
                request.httpRequest(userAgent: self.configuration.userAgent),
                timeout: .nanoseconds(self.configuration.timeout.nanoseconds),
                logger: self.logger
            )
        } catch {
            throw UpstreamError.transport(error, label: label, duringBody: false)
        }
        self.requests.add(max(0, response.history.count - 1), ordering: .relaxed)
        let latest = started + self.configuration.timeout * 5
        let answer = UpstreamAnswer(response, label: label) { [elapsed] in elapsed() > latest }
        return try await read(answer)
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

extension Duration {
    /// Whole nanoseconds, at most about 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
