import Composer
import Logging
import Resilience
import Synchronization
import Upstream

/// One call of ``PackageDirectory/information(about:suspects:)``: collects results, halves what fails, and gives up in an
/// outage.
final class Inquiry: Sendable {
    private struct State {
        var results: [String: Result<PackageAnswer<Payload>, UpstreamError>] = [:]
        /// Failed requests since the last that did not.
        var failuresInARow = 0
        var hasSucceeded = false
        /// Packages about which a request alone has failed since the last that did not fail: it may be upstream's fault.
        var failedAlone: [String] = []
        /// The same, before a request that did not fail: it was theirs.
        var guilty: [String] = []
    }

    private let directory: PackageDirectory
    /// Packages that are asked about.
    private let count: Int
    private let state = Mutex(State())

    init(directory: PackageDirectory, count: Int) {
        self.directory = directory
        self.count = count
    }

    /// What came of it.
    ///
    /// A request that failed says something of its package only where it was about that one alone, and upstream was
    /// there: it answered about others, or nothing else was asked.
    var results: [String: Result<PackageAnswer<Payload>, UpstreamError>] {
        let isOut = self.directory.outage != nil
        return self.state.withLock { state in
            let isUp = !isOut && (state.hasSucceeded || self.count == 1)
            var results = state.results
            for slug in state.guilty + (isUp ? state.failedAlone : []) {
                results[slug] = results[slug]?.mapError { $0.about(.poisonous) }
            }
            return results
        }
    }

    func record(_ error: UpstreamError, for slugs: [String]) {
        self.state.withLock { state in
            for slug in slugs { state.results[slug] = .failure(error) }
        }
    }

    /// Asks for a batch, and after a failure for its halves.
    ///
    /// - Parameter retries: The halves are tried once: the batch has had its retries.
    /// - Throws: Only `CancellationError`.
    func ask(_ slugs: [String], retries: UpstreamClient.Retries = .policy) async throws {
        if let outage = self.directory.outage { return self.record(outage, for: slugs) }
        if self.directory.declinesBatches, slugs.count > 1 { return try await self.askOneByOne(slugs) }
        do {
            let answers: [String: Result<PackageAnswer<Payload>, UpstreamError>]
            if slugs.count > 1 {
                answers = try await self.directory.askTogether(slugs, retries: retries)
            } else if let slug = slugs.first {
                answers = [slug: .success(try await self.directory.askAlone(slug, retries: retries))]
            } else {
                return
            }
            self.state.withLock { state in
                state.failuresInARow = 0
                state.hasSucceeded = true
                state.guilty += state.failedAlone
                state.failedAlone = []
                state.results.merge(answers) { $1 }
            }
        } catch is PackageDirectory.BatchesDeclined {
            self.directory.rememberBatchesDeclined()
            self.directory.client.logger.notice(
                "upstream takes no batches; asking for packages one by one",
                metadata: ["directory": "\(self.directory.type.rawValue)"]
            )
            try await self.askOneByOne(slugs)
        } catch let error as UpstreamError {
            self.note(error, about: slugs)
            guard slugs.count > 1, error.isOwedToOnePackage else { return self.record(error, for: slugs) }
            self.directory.count { $0.splits += 1 }
            let middle = slugs.count / 2
            try await self.ask(Array(slugs[..<middle]), retries: .throttledOnly)
            try await self.ask(Array(slugs[middle...]), retries: .throttledOnly)
        }
    }

    private func askOneByOne(_ slugs: [String]) async throws {
        let limit = max(1, self.directory.client.configuration.concurrency)
        try await forEachConcurrently(slugs, limit: limit) { try await self.ask([$0]) }
    }

    private func note(_ error: UpstreamError, about slugs: [String]) {
        let limit = self.directory.limits.consecutiveFailures
        let failures = self.state.withLock { state in
            state.failuresInARow += 1
            if slugs.count == 1, error.isOwedToOnePackage { state.failedAlone += slugs }
            return state.failuresInARow
        }
        // No connection, or no permission to ask now, after all retries, will be the same for the next batch.
        guard failures >= limit || !error.isOwedToOnePackage else { return }
        var outage = error
        outage.isRetryable = true
        let words =
            failures == 1 ? "that was the first request to fail" : "\(failures) requests failed one after the other"
        outage.detail += "; \(words), and the rest was not asked for"
        guard self.directory.remember(outage: outage) else { return }
        self.directory.client.logger.warning(
            "upstream keeps failing; the rest is left for the next run",
            metadata: ["error": "\(outage)"]
        )
    }
}

extension UpstreamError {
    /// Whether a batch may have failed because of one package in it, so that halving it helps.
    fileprivate var isOwedToOnePackage: Bool {
        switch self.code {
        case .unreachable, .invalidURL: false
        case .unexpectedStatus: self.status != 429
        case .timeout, .tooLarge, .truncated, .malformed, .lineTooLong, .refused: true
        }
    }
}
