package import AsyncHTTPClient
import NIOCore
package import NIOHTTP1
package import Resilience
package import Transport

extension UpstreamClient {
    package struct Configuration: Sendable {
        /// Names the program and a contact, as upstream's operators wish.
        package var userAgent: String
        /// 0 means no limit.
        package var requestsPerSecond: Double
        /// The most requests in flight, at least 1.
        package var concurrency: Int
        /// What was asked for in so many words, for this run: a kind's own defaults and settings give way where that is
        /// less than they allow.
        package var requested = RequestedPace()
        /// How long to wait for the head of an answer; an API answer may take five times as long in all, a log or a
        /// listing fifteen times.
        package var timeout: Duration
        /// How slowly bodies may come in.
        package var pace: BodyPace
        package var retry: RetryPolicy
        /// The most bytes of one streamed answer (log, listing), after decompression.
        package var maxAnswerBytes: Int
        /// The most bytes of one API answer, after decompression.
        package var maxAPIAnswerBytes: Int
        /// The longest pause that a `Retry-After` brings about.
        package var maxRetryAfter: Duration
        /// Hosts (`HOST` or `HOST:PORT`, in lower case) that redirects may lead to, besides the configured one.
        package var redirectHosts: Set<String>
        /// Told of the headers of each answer.
        package var onAnswer: (@Sendable (HTTPHeaders) -> Void)?

        package init(
            userAgent: String,
            requestsPerSecond: Double = 5,
            concurrency: Int = 4,
            timeout: Duration = .seconds(60),
            pace: BodyPace = BodyPace(),
            retry: RetryPolicy = RetryPolicy(),
            maxAnswerBytes: Int = 64 << 20,
            maxAPIAnswerBytes: Int = 4 << 20,
            maxRetryAfter: Duration = .seconds(600),
            redirectHosts: Set<String> = []
        ) {
            self.userAgent = userAgent
            self.requestsPerSecond = requestsPerSecond
            self.concurrency = concurrency
            self.timeout = timeout
            self.pace = pace
            self.retry = retry
            self.maxAnswerBytes = maxAnswerBytes
            self.maxAPIAnswerBytes = maxAPIAnswerBytes
            self.maxRetryAfter = maxRetryAfter
            self.redirectHosts = redirectHosts
        }

        /// Sets what the HTTP client itself has to know: an idle limit for bodies, no decompression, no
        /// redirects, as many connections as requests in flight, no hidden retries.
        package func apply(to http: inout HTTPClient.Configuration) {
            http.timeout.connect = http.timeout.connect ?? .seconds(10)
            http.timeout.read = .nanoseconds(self.timeout.nanoseconds)
            // Bodies are unpacked a piece at a time where they are read: the client would hold at once whatever a read
            // of the socket unpacks to.
            http.decompression = .disabled
            // Redirects and retries are made here, where they are judged and counted; the pool's own would hide a refused
            // connection until the time for connecting is over.
            http.redirectConfiguration = .disallow
            http.connectionPool.retryConnectionEstablishment = false
            // How many are in flight is decided here, for each upstream.
            http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(
                self.concurrency,
                RequestedPace.mostAtOnce
            )
        }
    }
}
