package import Facts
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Resilience
package import Upstream

/// Wordfence Intelligence: vulnerabilities of plugins and themes of WordPress, and of WordPress itself.
///
/// The whole feed is one object of 123 MB, record by record under its UUID; there is no other way to see what has changed.
/// It is asked with a key, of which anybody can have one, and at most once in 30 minutes.
package struct WordfenceFeed: AdvisoryFeed {
    package static let defaultURL = "https://www.wordfence.com/api/intelligence/v3/vulnerabilities/production"

    package let name: SourceName
    private let url: String
    private let key: String
    private let client: UpstreamClient

    /// Of one record; the largest known has some hundred kilobytes.
    static let maxRecordBytes = 8 << 20
    /// Of all of them.
    static let maxBytes = 2 << 30

    package var minimumPeriod: Duration { .seconds(30 * 60) }

    /// - Parameters:
    ///   - url: As configured; the key is sent to its host and nowhere else.
    ///   - key: Nothing that fails names it.
    package init(name: SourceName, url: String = Self.defaultURL, key: String, client: UpstreamClient) {
        self.name = name
        self.url = url
        self.key = key
        // A second request within the half hour is refused, whatever became of the first.
        self.client = client.limited { $0.retry.maxAttempts = 1 }
    }

    private struct Cursor: FeedCursor {
        static let current = 1
        var version = Self.current
        var validators: FeedValidators
    }

    package func read(_ request: FeedRequest) async throws -> FeedReading {
        let cursor = request.wantsAll ? nil : Cursor(request.cursor)
        return try await self.client.send(self.request(cursor?.validators)) { answer in
            if answer.status == .notModified, cursor != nil { return .unchanged }
            guard answer.status == .ok else { throw self.unexpected(answer) }
            let read = try await self.records(answer)
            let now = Int64(Date().timeIntervalSince1970)
            let validators = FeedValidators(answer.headers, now: now)
            let next = validators.isEmpty ? nil : Cursor(validators: validators).text
            return .everything(read.advisories, cursor: next, read.troubles)
        }
    }

    /// Whether it begins as it should; the rest is not fetched.
    package func check() async throws {
        try await self.client.send(self.request(nil)) { answer in
            guard answer.status == .ok else { throw self.unexpected(answer) }
            var first: UInt8?
            try await answer.forEachChunk { chunk in
                first = chunk.readableBytesView.first { $0 > 0x20 }
                return first == nil
            }
            guard first == UInt8(ascii: "{") else {
                throw answer.label.error(.malformed, "no object of records", isRetryable: true)
            }
        }
    }

    private func request(_ validators: FeedValidators?) -> UpstreamRequest {
        let headers: [(name: String, value: String)] = [
            ("Authorization", "Bearer \(self.key)"), ("Accept", "application/json"),
        ]
        return UpstreamRequest(
            method: .GET,
            url: self.url,
            headers: headers + (validators?.headers ?? []),
            length: .streamed
        )
    }

    private func records(_ answer: UpstreamAnswer) async throws -> WordfenceAdvisories {
        var stream = MemberStream(maxValueBytes: Self.maxRecordBytes)
        var read = WordfenceAdvisories()
        var bytes = 0
        try await answer.forEachChunk { chunk in
            bytes += chunk.readableBytes
            guard bytes <= Self.maxBytes else {
                throw answer.label.error(.tooLarge, "the feed has more than \(Self.maxBytes) bytes", isRetryable: false)
            }
            do {
                try stream.read(chunk) { read.take($0, $1) }
            } catch let failure as MemberStream.Failure {
                throw answer.label.error(.malformed, "no object of records: \(failure)", isRetryable: true)
            }
            return true
        }
        guard stream.isComplete else {
            throw answer.label.error(
                .truncated,
                "the feed ended after \(read.records) records, before its end; nothing of it is taken",
                isRetryable: true
            )
        }
        guard read.usable > 0 else {
            let example = read.troubles.found[.unreadable].map { ": \($0.example)" } ?? ""
            throw answer.label.error(.malformed, "there is no usable record in the feed\(example)", isRetryable: true)
        }
        return read
    }

    private func unexpected(_ answer: UpstreamAnswer) -> UpstreamError {
        var error = answer.unexpectedStatus(expected: "200")
        if answer.status == .unauthorized || answer.status == .forbidden {
            error.detail += "; it refuses the key of \(self.name): correct it, a new one is free at wordfence.com"
        }
        return error
    }
}
