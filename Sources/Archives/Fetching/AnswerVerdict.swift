import NIOHTTP1
import Transport
import Wire

/// What the status and headers of an answer say where an archive was asked for.
enum AnswerVerdict: Equatable {
    /// The archive is to come.
    case archive
    /// It is worth trying again at once.
    case again
    case failure(ArchiveError.Reason, detail: String, wait: Duration?)

    /// How long is waited where upstream wants to be left alone and does not say how long: a minute, as GitHub wishes
    /// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    static let usualWait = Duration.seconds(60)

    /// - Parameters:
    ///   - hasCredential: Whether one was sent.
    ///   - text: The beginning of the answer's body, where it is an error's.
    static func of(
        _ status: Int,
        _ headers: HTTPHeaders,
        from service: ArchiveAddress.Service,
        hasCredential: Bool,
        text: String = ""
    ) -> AnswerVerdict {
        switch status {
        case 200: return .archive
        case 404, 410:
            return .failure(.notFound, detail: self.absence(status, service, hasCredential), wait: nil)
        case 403, 429:
            if let wait = self.wait(status, headers, text) {
                return .failure(.rateLimited, detail: "status \(status)", wait: wait)
            }
            return .failure(.refused, detail: self.refusal(status, hasCredential), wait: nil)
        case 401: return .failure(.refused, detail: self.refusal(status, hasCredential), wait: nil)
        case 503:
            // What is away for longer than one waits is asked for later.
            guard let wait = RetryAfter.duration(headers), wait > self.usualWait / 2 else { return .again }
            return .failure(.unavailable, detail: "status 503", wait: wait)
        // GitHub answers 400 now and then to what it answers a moment later; Composer tries again too (2.10.2).
        case 400 where service == .gitHub || service == .codeload: return .again
        case 408, 425, 500...599: return .again
        case 451: return .failure(.refused, detail: "status 451: it is withheld for legal reasons", wait: nil)
        case 400..<500: return .failure(.refused, detail: "status \(status)", wait: nil)
        default: return .failure(.unavailable, detail: "status \(status), expected 200", wait: nil)
        }
    }

    /// How long to wait where that is what the answer is about.
    ///
    /// A 403 of GitHub's is about a limit where nothing of it remains, where it names a time, or where it says so in words
    /// (secondary limits).
    private static func wait(_ status: Int, _ headers: HTTPHeaders, _ text: String) -> Duration? {
        if let wait = RetryAfter.duration(headers) { return max(wait, .seconds(1)) }
        // GitLab's and Bitbucket's headers are called likewise.
        let remaining = headers.first(name: "X-RateLimit-Remaining") ?? headers.first(name: "RateLimit-Remaining")
        if remaining.flatMap({ Int($0) }) == 0 {
            let reset = headers.first(name: "X-RateLimit-Reset") ?? headers.first(name: "RateLimit-Reset")
            return reset.flatMap { self.wait(until: $0, headers) } ?? self.usualWait
        }
        let isAboutLimit = status == 429 || text.lowercased().contains("rate limit")
        return isAboutLimit ? self.usualWait : nil
    }

    /// - Parameter reset: Seconds since 1970, by the clock of the server.
    private static func wait(until reset: String, _ headers: HTTPHeaders) -> Duration? {
        guard let reset = Int64(reset), (1...253_402_300_799).contains(reset) else { return nil }
        var dated = HTTPHeaders()
        // The form that is measured against the answer's own date.
        dated.add(name: "Retry-After", value: HTTPDate.text(secondsSince1970: reset))
        if let date = headers.first(name: "Date") { dated.add(name: "Date", value: date) }
        return RetryAfter.duration(dated).map { max($0, .seconds(1)) }
    }

    private static func absence(_ status: Int, _ service: ArchiveAddress.Service, _ hasCredential: Bool) -> String {
        guard !hasCredential else { return "status \(status); it is not there, or not for these credentials" }
        switch service {
        case .gitHub, .codeload, .gitLab, .bitbucket:
            // All of them say so of what is private, to whom they don't know.
            return "status \(status); it was deleted, or is private and wants credentials"
        case .other: return "status \(status)"
        }
    }

    private static func refusal(_ status: Int, _ hasCredential: Bool) -> String {
        hasCredential
            ? "status \(status): it refuses the credentials" : "status \(status): it wants credentials"
    }
}
