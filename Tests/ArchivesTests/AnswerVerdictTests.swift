import NIOHTTP1
import Testing

@testable import Archives

/// What services of archives mean by their answers.
@Suite struct AnswerVerdictTests {
    static func verdict(
        _ status: Int,
        _ headers: HTTPHeaders = [:],
        from service: ArchiveAddress.Service = .gitHub,
        hasCredential: Bool = false
    ) -> AnswerVerdict {
        AnswerVerdict.of(status, headers, from: service, hasCredential: hasCredential)
    }

    static func reason(_ verdict: AnswerVerdict) -> ArchiveError.Reason? {
        if case .failure(let reason, _, _) = verdict { reason } else { nil }
    }

    static func wait(_ status: Int, _ headers: HTTPHeaders) -> Duration? {
        if case .failure(_, _, let wait) = Self.verdict(status, headers) { wait } else { nil }
    }

    @Test func `each status means one thing`() {
        #expect(Self.verdict(200) == .archive)
        for status in [404, 410] { #expect(Self.reason(Self.verdict(status)) == .notFound) }
        for status in [401, 403, 402, 405, 451] { #expect(Self.reason(Self.verdict(status)) == .refused) }
        #expect(Self.reason(Self.verdict(429)) == .rateLimited)
        for status in [408, 425, 500, 502, 503, 504, 599] { #expect(Self.verdict(status) == .again) }
        for status in [201, 204, 206, 304, 600] { #expect(Self.reason(Self.verdict(status)) == .unavailable) }
        #expect(Self.verdict(400, from: .codeload) == .again)
        #expect(Self.reason(Self.verdict(400, from: .other)) == .refused)
    }

    @Test func `how long to wait is what upstream says, in any of its ways`() {
        let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
        for status in [403, 429] {
            #expect(Self.wait(status, ["Retry-After": "120"]) == .seconds(120))
            #expect(Self.wait(status, ["Retry-After": "0"]) == .seconds(1))
            let headers = HTTPHeaders([date, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784115377")])
            #expect(Self.wait(status, headers) == .seconds(3_600))
            #expect(Self.wait(status, ["RateLimit-Remaining": "0", "RateLimit-Reset": "nothing"]) == .seconds(60))
        }
        for reset in ["-1", "0", "99999999999999999999", "9223372036854775807"] {
            #expect(Self.wait(429, ["x-ratelimit-remaining": "0", "x-ratelimit-reset": reset]) == .seconds(60))
        }
        #expect(Self.wait(429, [:]) == .seconds(60))
        #expect(Self.wait(403, ["x-ratelimit-remaining": "59"]) == nil, "that is not what it is about")
        #expect(Self.wait(503, ["Retry-After": "3600"]) == .seconds(3_600))
        #expect(Self.verdict(503, ["Retry-After": "5"]) == .again)
    }

    @Test func `what may be private is said to be so to whom has no credentials`() {
        for service in [ArchiveAddress.Service.gitHub, .codeload, .gitLab, .bitbucket] {
            guard case .failure(_, let detail, _) = Self.verdict(404, from: service) else { return }
            #expect(detail.contains("private"))
        }
        guard case .failure(_, let detail, _) = Self.verdict(404, from: .gitLab, hasCredential: true) else { return }
        #expect(detail.contains("credentials"))
    }
}
