import Composer
import FoundationEssentials
import Logging
import NIOHTTP1
import Synchronization
import Upstream
import Wire

/// Gets the files of one repository: credentials to its own host only, and the root once.
actor RepositoryFiles {
    nonisolated let source: RepositorySource
    nonisolated let client: UpstreamClient
    private var root: (root: RepositoryRoot, bytes: [UInt8])?
    private var reading: Task<(root: RepositoryRoot, bytes: [UInt8]), any Error>?

    /// Of a root, a listing or an include; a listing of 60,000 names has 6 MB.
    static let fileBytes = 64 << 20

    init(_ source: RepositorySource, _ client: UpstreamClient) {
        self.source = source
        self.client = client.limited {
            // A default for all is none for these: static files, and how many at once is what their owners speak of.
            $0.requestsPerSecond = $0.requested.requestsPerSecond(within: source.settings.requestsPerSecond)
            $0.concurrency = $0.requested.concurrency(within: source.settings.concurrency) ?? $0.concurrency
        }
    }

    // MARK: The root

    /// The root as this process has read it first, or reads it now.
    func readRoot(again: Bool = false) async throws -> (root: RepositoryRoot, bytes: [UInt8]) {
        if let root, !again { return root }
        let task = self.reading ?? Task { try await self.fetchRoot() }
        self.reading = task
        defer { self.reading = nil }
        let read = try await task.value
        self.root = read
        self.source.memory.remember(read.root)
        return read
    }

    private nonisolated func fetchRoot() async throws -> (root: RepositoryRoot, bytes: [UInt8]) {
        let url = self.source.url.root
        let answer = try await self.get(url)
        let root = try self.reading(url) { try RepositoryRoot(parsing: answer.bytes, from: self.source.url) }
        for problem in root.problems {
            self.client.logger.warning(
                "a part of the repository's root can't be used",
                metadata: ["source": "\(self.source.name)", "problem": "\(problem)"]
            )
        }
        return (root, answer.bytes)
    }

    // MARK: Requests

    struct Answer: Sendable {
        /// Empty where nothing has changed.
        var bytes: [UInt8] = []
        /// The gzip that they came in, where that was wanted and they did.
        var packed: [UInt8]?
        var status: HTTPResponseStatus
        var etag: String?
        /// As it came; nil where it is too young to tell two changes of one second apart.
        var lastModified: String?
    }

    /// A file that has to be there.
    nonisolated func get(
        _ url: String,
        upTo limit: Int = RepositoryFiles.fileBytes,
        onBytes: (Int) throws -> Void = { _ in }
    ) async throws -> Answer {
        try await self.ask(url, accepting: [.ok], upTo: limit, onBytes: onBytes)
    }

    /// - Parameters:
    ///   - accepted: Other statuses are errors.
    ///   - keepsPacked: Whether the gzip that the file came in is wanted beside its bytes.
    ///   - onBytes: Called with how many bytes are about to be kept; what it throws ends the request.
    nonisolated func ask(
        _ url: String,
        accepting accepted: [HTTPResponseStatus],
        headers: [(name: String, value: String)] = [],
        upTo limit: Int,
        keepsPacked: Bool = false,
        onBytes: (Int) throws -> Void = { _ in }
    ) async throws -> Answer {
        try await self.client.send(self.request(url, headers)) { answer in
            guard accepted.contains(answer.status) else { throw self.unexpected(answer) }
            var read = Answer(status: answer.status)
            guard answer.status != .notModified, answer.status != .notFound else { return read }
            if keepsPacked {
                (read.bytes, read.packed) = try await answer.collectPacked(upTo: limit, onBytes: onBytes)
            } else {
                read.bytes = try await answer.collect(upTo: limit, onBytes: onBytes)
            }
            read.etag = answer.headers.first(name: "ETag")
            read.lastModified = self.validator(answer.headers)
            return read
        }
    }

    nonisolated func request(_ url: String, _ headers: [(name: String, value: String)]) -> UpstreamRequest {
        let isOwn = url.hasPrefix(self.source.url.origin + "/")
        var request = UpstreamRequest(method: .GET, url: url, headers: headers, length: .streamed)
        if isOwn {
            if let header = self.source.settings.authentication?.header { request.headers.append(header) }
        } else {
            request.namedBy = self.source.url.root
        }
        return request
    }

    private nonisolated func unexpected(_ answer: UpstreamAnswer) -> UpstreamError {
        var error = answer.unexpectedStatus(expected: "200")
        if answer.status == .unauthorized || answer.status == .forbidden {
            error.detail +=
                self.source.settings.authentication == nil
                ? "; it wants credentials: set the authentication of \(self.source.name)"
                : "; it refuses the credentials of \(self.source.name): correct its authentication"
            // Packagist's policy.
            if answer.status == .forbidden { error.detail += ", or name a contact by mail in PACKLINE_CONTACT" }
        }
        return error
    }

    /// A Last-Modified within two seconds of the answer may be that of a change that is still to come in that second.
    private nonisolated func validator(_ headers: HTTPHeaders) -> String? {
        guard let text = headers.first(name: "Last-Modified"), let modified = HTTPDate.secondsSince1970(text) else {
            return nil
        }
        let now =
            headers.first(name: "Date").flatMap(HTTPDate.secondsSince1970(_:))
            ?? Int64(Date().timeIntervalSince1970)
        return modified < now - 1 ? text : nil
    }

    /// What comes from `body` for an answer that can't be read becomes an error that names the file.
    nonisolated func reading<Value>(_ url: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error where !(error is UpstreamError) {
            throw RequestLabel(method: "GET", url: url).error(.malformed, "\(error)", isRetryable: true)
        }
    }
}
