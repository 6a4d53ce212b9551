import Composer
import Resilience
import Synchronization
package import Upstream

/// The API of one of the two directories: what upstream says of packages now.
///
/// Asks for up to 100 packages in one request. Where upstream declines that, asks singly from then on; where an answer
/// to many is unusable, halves the batch until it is known whose fault it was.
///
/// Source of the requests: the code of api.wordpress.org, which takes `fields[x]=0` and `=1`, but `=false` for yes, and
/// no more than 100 slugs.
package struct PackageDirectory: Sendable {
    package struct Limits: Sendable {
        /// Slugs in one request; upstream takes at most 100.
        package var batchSize = 100
        /// Servers commonly refuse request lines above 8 KiB.
        package var urlBytes = 6_000
        /// Requests that fail one after the other before the rest is not asked for at all.
        package var consecutiveFailures = 10

        package init() {}
    }

    /// What was asked so far.
    package struct Statistics: Equatable, Sendable {
        /// Requests, retries included.
        package var requests = 0
        /// Batches that failed and were asked for again in halves.
        package var splits = 0
        /// Requests about one package alone.
        package var singles = 0

        package init(requests: Int = 0, splits: Int = 0, singles: Int = 0) {
            self.requests = requests
            self.splits = splits
            self.singles = singles
        }
    }

    private struct Known {
        var declinesBatches = false
        /// Set when too many requests have failed: nobody is asked about any more.
        var outage: UpstreamError?
        var statistics = Statistics()
    }

    /// Shared by copies of the value.
    private final class Memory: Sendable {
        let known = Mutex(Known())
    }

    let type: PackageType
    let client: UpstreamClient
    let limits: Limits
    let apiURL: String
    private let memory = Memory()

    /// - Parameter apiURL: `https://api.wordpress.org`, with or without trailing slash.
    package init(type: PackageType, client: UpstreamClient, apiURL: String, limits: Limits = Limits()) {
        self.type = type
        self.client = client
        self.limits = limits
        self.apiURL = String(apiURL.reversed().drop { $0 == "/" }.reversed())
    }

    package var statistics: Statistics { self.memory.known.withLock { $0.statistics } }

    /// Whether upstream has declined to answer about many at once; then it is not tried again.
    var declinesBatches: Bool { self.memory.known.withLock { $0.declinesBatches } }

    func rememberBatchesDeclined() { self.memory.known.withLock { $0.declinesBatches = true } }

    /// Why nobody is asked about any more; nil where upstream answers.
    package var outage: UpstreamError? { self.memory.known.withLock { $0.outage } }

    /// - Returns: Whether this is news.
    func remember(outage: UpstreamError) -> Bool {
        self.memory.known.withLock { known in
            guard known.outage == nil else { return false }
            known.outage = outage
            return true
        }
    }

    func count(_ change: (inout Statistics) -> Void) { self.memory.known.withLock { change(&$0.statistics) } }

    /// Asks upstream about packages.
    ///
    /// Each slug has a result afterwards, whatever happens to the others; of a failure, ``UpstreamError/verdict`` says
    /// whether it is about the package. After an outage the results are failures, without a request.
    ///
    /// - Parameter suspects: Packages that have spoilt a batch: each is asked about alone, after the others.
    /// - Throws: Only `CancellationError`.
    package func information(
        about slugs: [String],
        suspects: [String] = []
    ) async throws -> [String: Result<PackageAnswer<Payload>, UpstreamError>] {
        try Task.checkCancellation()
        let inquiry = Inquiry(directory: self, count: slugs.count + suspects.count)
        var seen: Set<String> = []
        let askable = slugs.filter { slug in
            guard seen.insert(slug).inserted else { return false }
            if PackageName.isAskable(slug: slug) { return true }
            inquiry.record(self.notAskable(slug), for: [slug])
            return false
        }
        let batches = self.declinesBatches ? askable.map { [$0] } : self.batches(askable)
        try await forEachConcurrently(batches, limit: max(1, self.client.configuration.concurrency)) { batch in
            try await inquiry.ask(batch)
        }
        for slug in suspects where seen.insert(slug).inserted { try await inquiry.ask([slug]) }
        return inquiry.results
    }

    private func notAskable(_ slug: String) -> UpstreamError {
        RequestLabel(method: "GET", url: self.apiURL).error(
            .refused,
            "'\(UpstreamError.singleLine(slug, limit: 60))' is no slug that upstream can be asked for",
            isRetryable: false
        ).about(.unusable)
    }

    /// Cuts `slugs` into batches within the limits.
    private func batches(_ slugs: [String]) -> [[String]] {
        var batches: [[String]] = []
        var batch: [String] = []
        var bytes = 0
        for slug in slugs {
            let added = slug.utf8.count + 1
            if batch.count == max(1, self.limits.batchSize) || (bytes + added > self.limits.urlBytes && !batch.isEmpty)
            {
                batches.append(batch)
                batch = []
                bytes = 0
            }
            batch.append(slug)
            bytes += added
        }
        if !batch.isEmpty { batches.append(batch) }
        return batches
    }
}
