import Composer
package import ComposerRepository
package import Facts
import FoundationEssentials
import NIOHTTP1
package import Upstream

/// The advisories of a Composer repository, Packagist's or another's.
///
/// What its root offers decides how it is asked: an API is asked what has changed, now and then for everything, because
/// it does not say what was withdrawn, and where it can't tell either, by names; without one, the document of each name
/// is looked at.
package struct ComposerAdvisoryFeed: AdvisoryFeed {
    package let name: SourceName
    package let minimumPeriod: Duration
    let url: RepositoryURL
    let client: UpstreamClient
    private let authentication: RepositoryAuthentication?

    /// Of the root; and of a document, or an answer of the API about some names.
    static let fileBytes = 32 << 20

    /// - Parameters:
    ///   - minimumPeriod: Its owner has none to keep to; documents are a request for each name.
    ///   - authentication: Sent to the host of `url`, and nowhere else.
    package init(
        name: SourceName,
        url: RepositoryURL,
        minimumPeriod: Duration = .seconds(600),
        authentication: RepositoryAuthentication? = nil,
        client: UpstreamClient
    ) {
        self.name = name
        self.url = url
        self.minimumPeriod = minimumPeriod
        self.authentication = authentication
        self.client = client.limited {
            // A default for all is none for these, as for repositories.
            $0.requestsPerSecond = $0.requested.requestsPerSecond(within: nil)
            $0.concurrency = $0.requested.concurrency(within: nil) ?? $0.concurrency
        }
    }

    struct Cursor: FeedCursor {
        static let current = 1
        var version = Self.current
        /// Seconds since 1970 of the API's clock: up to where changes are known.
        var since: Int64?
        /// What came with the document of each name.
        var documents: [String: FeedValidators]?
    }

    package func read(_ request: FeedRequest) async throws -> FeedReading {
        let root = try await self.root()
        let cursor = Cursor(request.cursor)
        if let api = root.securityAdvisories?.apiURL {
            return try await self.readAPI(api, cursor, request, root)
        }
        return try await self.readDocuments(try self.documentURL(root), cursor, request, root)
    }

    /// Whether the root announces any.
    package func check() async throws {
        let root = try await self.root()
        if root.securityAdvisories?.apiURL == nil { _ = try self.documentURL(root) }
    }

    private func documentURL(_ root: RepositoryRoot) throws -> URLTemplate {
        guard root.securityAdvisories?.inDocuments == true, let documents = root.documentURL else {
            throw RequestLabel(method: "GET", url: self.url.root).error(
                .malformed,
                "the repository announces no advisories: its root has neither an address for them nor says that its "
                    + "documents have some",
                isRetryable: true
            )
        }
        return documents
    }

    /// The names that the root does not rule out, in the order of their bytes.
    ///
    /// `available-packages` and `available-package-patterns` add up; without both, any name may be there.
    func names(_ request: FeedRequest, _ root: RepositoryRoot) async throws -> [String] {
        let available = root.availablePackages.map { Set($0) }
        let patterns = root.availablePatterns?.map { $0.lowercased() }
        let isLimited = available != nil || patterns != nil
        return Set(try await request.names())
            .filter { name in
                !isLimited || available?.contains(name) ?? false
                    || patterns?.contains { NamePattern.matches(name, $0) } ?? false
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func root() async throws -> RepositoryRoot {
        try await self.client.send(self.request(.GET, self.url.root)) { answer in
            guard answer.status == .ok else { throw self.unexpected(answer) }
            let bytes = try await answer.collect(upTo: Self.fileBytes)
            do {
                return try RepositoryRoot(parsing: bytes, from: self.url)
            } catch {
                throw answer.label.error(.malformed, "\(error)", isRetryable: true)
            }
        }
    }

    /// A request to wherever the root leads; credentials go to its own host only.
    func request(
        _ method: HTTPMethod,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        form: String? = nil
    ) -> UpstreamRequest {
        var request = UpstreamRequest(method: method, url: url, headers: headers, body: form, length: .streamed)
        if form != nil { request.headers.append(("Content-Type", "application/x-www-form-urlencoded")) }
        if url.hasPrefix(self.url.origin + "/") {
            if let header = self.authentication?.header { request.headers.append(header) }
        } else {
            request.namedBy = self.url.root
        }
        return request
    }

    func unexpected(_ answer: UpstreamAnswer) -> UpstreamError {
        var error = answer.unexpectedStatus(expected: "200")
        if answer.status == .unauthorized || answer.status == .forbidden {
            error.detail +=
                self.authentication == nil
                ? "; it wants credentials: set the authentication of \(self.name)"
                : "; it refuses the credentials of \(self.name): correct its authentication"
        }
        return error
    }
}
