/// How much of GitHub's API one may ask for without a token.
package struct GitHubLimit: Equatable, Sendable {
    /// How many requests in a window, and how long that is.
    package var requests: Int
    package var seconds: Int64
    /// What the refusal is: 403 or 429.
    package var status: Int
    /// Where it is said, the refusal is one of the secondary limits, which name this time and leave the rest as it is.
    package var retryAfterSeconds: Int?

    /// As it was in 2026 (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    package init(requests: Int = 60, seconds: Int64 = 3_600, status: Int = 403, retryAfterSeconds: Int? = nil) {
        self.requests = requests
        self.seconds = seconds
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
    }
}
