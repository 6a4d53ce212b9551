package import AsyncHTTPClient
import FoundationEssentials
package import Logging
import NIOHTTP1
package import Resilience
import Transport
import Wire

/// Sends the URLs of changed objects to a service that takes them from a cache.
package struct HTTPCachePurger: CachePurger {
    /// Which service, and how it wants to be told.
    package struct Target: Sendable {
        /// For logs; no secret.
        var name: String
        package var url: String
        var headers: [(String, String)] = []
        /// The field of the JSON document that lists the URLs.
        var field: String
        var urlsPerRequest: Int
        var requestsPerSecond: Double

        /// Cloudflare's "purge cache by URL": 30 URLs a request; its limit of 1,200 requests in five minutes is for
        /// everything that the token's owner does, so this takes a quarter.
        ///
        /// Source: "Purge Cached Content", Cloudflare API reference.
        package static func cloudflare(
            zone: String,
            token: String,
            api: String = "https://api.cloudflare.com/client/v4"
        ) -> Self {
            Self(
                name: "Cloudflare",
                url: "\(api)/zones/\(Percent.encoded(zone))/purge_cache",
                headers: [("authorization", "Bearer \(token)")],
                field: "files",
                urlsPerRequest: 30,
                requestsPerSecond: 1
            )
        }

        /// Any service that takes `{"urls":[…]}` with POST, 100 URLs a request.
        ///
        /// - Parameter url: May hold a secret; only its host is logged.
        package static func webhook(_ url: String) -> Self {
            Self(
                name: "the purge service at \(URL(string: url)?.host() ?? "an unknown host")",
                url: url,
                field: "urls",
                urlsPerRequest: 100,
                requestsPerSecond: 4
            )
        }
    }

    private let http: HTTPClient
    private let target: Target
    private let baseURL: String
    private let timeout: Duration
    private let retry: RetryPolicy
    private let clock: any Clock<Duration>
    private let limiter: any TurnTaking
    private let logger: Logger

    /// - Parameters:
    ///   - http: Shut down by its owner.
    ///   - baseURL: Where the repository is reached, without a slash at the end.
    ///   - clock: Waits between requests and tries.
    package init(
        http: HTTPClient,
        target: Target,
        baseURL: String,
        timeout: Duration = .seconds(20),
        retry: RetryPolicy = RetryPolicy(maxAttempts: 3, cap: .seconds(10)),
        clock: some Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.http = http
        self.target = target
        self.baseURL = baseURL
        self.timeout = timeout
        self.retry = retry
        self.clock = clock
        self.limiter = RateLimiter(perSecond: target.requestsPerSecond, clock: clock)
        self.logger = logger
    }

    package func purge(_ keys: [String]) async {
        let urls = keys.map { "\(self.baseURL)/\(Percent.encoded($0, keepsSlash: true))" }
        for start in stride(from: 0, to: urls.count, by: self.target.urlsPerRequest) {
            do {
                try await self.send(Array(urls[start..<min(start + self.target.urlsPerRequest, urls.count)]))
            } catch is CancellationError {
                return
            } catch {
                // A service that is down must not hold up the run once for each request.
                self.logger.warning(
                    "URLs could not be purged; caches serve old bytes until they expire",
                    metadata: [
                        "service": "\(self.target.name)", "urls": "\(urls.count - start)", "error": "\(error)",
                    ]
                )
                return
            }
        }
    }

    private func send(_ urls: [String]) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let body = try encoder.encode([self.target.field: urls])
        let request = try HTTPClient.Request(
            url: self.target.url,
            method: .POST,
            headers: HTTPHeaders(
                self.target.headers + [("content-type", "application/json"), ("user-agent", "packline")]
            ),
            body: .bytes(Array(body))
        )
        try await retrying(self.retry, clock: self.clock) { error in
            guard let refusal = error as? Refusal else { return .retry() }
            return refusal.isRetryable ? .retry(after: refusal.retryAfter) : .fail
        } operation: { _ in
            try await self.limiter.waitForTurn()
            let answer = try await self.exchange(request)
            guard (200..<300).contains(answer.status) else { throw Refusal(answer) }
        }
    }

    private func exchange(_ request: HTTPClient.Request) async throws -> HTTPAnswer {
        do {
            return try await self.http.exchange(request, maxBytes: 256 * 1_024, timeout: self.timeout)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The client's own errors may name the whole URL.
            throw Refusal(description: ObjectStoreError.transportMessage(of: error), isRetryable: true)
        }
    }

    /// The body is left out: a service may repeat the token that it was sent.
    private struct Refusal: Error, CustomStringConvertible {
        var description: String
        var isRetryable: Bool
        var retryAfter: Duration?

        init(description: String, isRetryable: Bool) {
            self.description = description
            self.isRetryable = isRetryable
        }

        init(_ answer: HTTPAnswer) {
            let remedy =
                switch answer.status {
                case 401, 403: "; check the token and that it may purge this zone"
                case 404: "; check the zone or the URL"
                default: ""
                }
            self.description = "status \(answer.status)\(remedy)"
            self.isRetryable = answer.status == 429 || answer.status >= 500
            // A minute at most: a run must end.
            self.retryAfter = RetryAfter.duration(answer.headers).map { min($0, .seconds(60)) }
        }
    }
}

/// A ``RateLimiter`` of any clock.
private protocol TurnTaking: Sendable {
    func waitForTurn() async throws
}

extension RateLimiter: TurnTaking {}
