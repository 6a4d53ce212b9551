/// A failure to get something usable from the upstream.
///
/// `description` is one line that says what was asked, what came back, and what follows from it; it is written to
/// the package's row and to the log. It never holds credentials of the URL.
package struct UpstreamError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// No connection came about: name, route, port or TLS.
        case unreachable
        /// No answer, or nothing more of it, within the time allowed.
        case timeout
        /// A status the client has no reading for.
        case unexpectedStatus
        /// More bytes than the limit for such an answer.
        case tooLarge
        /// The body ended before its end: treat as no answer at all.
        case truncated
        /// The body is not what was asked for.
        case malformed
        /// A line longer than the limit: the body is not the listing.
        case lineTooLong
        /// Upstream understood and declined, or the request was not sent because it can't be right.
        case refused
        /// The URL that was configured can't be used.
        case invalidURL
    }

    /// What a failure says of the package that was asked about.
    package enum Verdict: Sendable {
        /// Nothing: the request failed, whoever it was about.
        case unknown
        /// Its own answer is unusable.
        case unusable
        /// It makes requests fail: alone it fails while upstream answers about others.
        case poisonous
    }

    package var code: Code
    package var verdict = Verdict.unknown
    package var method: String
    package var url: String
    package var detail: String
    /// Whether the same request may succeed later.
    package var isRetryable: Bool
    package var cause: (any Error)?
    /// The status of the answer, where there was one.
    package var status: Int?
    /// How long upstream asked to be left alone (`Retry-After`).
    package var retryAfter: Duration?
    /// Set where trying again is for the caller: part of the answer was handed on.
    package var isFinalHere = false

    package init(
        code: Code,
        method: String,
        url: String,
        detail: String,
        isRetryable: Bool,
        cause: (any Error)? = nil,
        status: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.method = method
        self.url = url
        self.detail = detail
        self.isRetryable = isRetryable
        self.cause = cause
        self.status = status
        self.retryAfter = retryAfter
    }

    package var description: String {
        "upstream \(self.code.rawValue): \(self.method) \(self.url): \(self.detailAndCause)"
    }

    /// What happened, without what was asked.
    package var detailAndCause: String {
        self.detail + (self.cause.map { "; caused by \(Self.singleLine("\($0)"))" } ?? "")
    }

    /// What came from elsewhere may hold anything: no line breaks, no control characters, not endlessly long.
    package static func singleLine(_ text: String, limit: Int = 300) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            let isControl = scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
            line.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text.unicodeScalars.count > limit ? line + "…" : line
    }
}

extension UpstreamError {
    /// The same, with what it says of the package.
    package func about(_ verdict: Verdict) -> UpstreamError {
        var error = self
        error.verdict = verdict
        return error
    }
}

/// What was asked, as errors name it.
package struct RequestLabel: Sendable {
    package var method: String
    private let address: String

    package init(method: String, url: String) {
        self.method = method
        self.address = url
    }

    /// Without credentials, and without what is longer than an error message should be.
    package var url: String { UpstreamError.singleLine(Self.withoutCredentials(self.address), limit: 200) }

    package func error(
        _ code: UpstreamError.Code,
        _ detail: String,
        isRetryable: Bool,
        cause: (any Error)? = nil
    ) -> UpstreamError {
        UpstreamError(
            code: code,
            method: self.method,
            url: self.url,
            detail: detail,
            isRetryable: isRetryable,
            cause: cause
        )
    }

    private static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound]) + rest[rest.index(after: at)...]
    }
}
