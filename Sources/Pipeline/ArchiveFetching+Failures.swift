import Archives
import Resilience
import Store

/// What became of an archive that was claimed.
enum ArchiveResult: Sendable {
    /// How a failure counts.
    enum Weight: Sendable {
        /// Something is wrong.
        case failed
        /// Upstream has none.
        case absent
        /// It is to come.
        case behind
    }

    case stored(StoredArchive)
    case failed(ArchiveFailure, Weight)
    /// Its host wants to be left alone, or it has no room: nothing is said of the archive.
    case postponed(ClaimedArchive, retryMilliseconds: Int64)
}

/// What is made of an archive that can't be had.
extension ArchiveFetching {
    func result(
        of error: ArchiveError,
        _ claim: ClaimedArchive,
        _ policy: ArchivePolicy?,
        _ ledger: ArchiveLedger
    ) -> ArchiveResult? {
        let wait = error.wait.map(\.inMilliseconds)
        switch error.reason {
        case .rateLimited: return .postponed(claim, retryMilliseconds: max(1_000, wait ?? 60_000))
        case .noBytesLeft: return ledger.fill(with: claim)
        case .noRoom:
            // All others would meet it too.
            ledger.stop(because: "\(error)")
            return nil
        case .tooLarge:
            var failure = self.failure(claim, "\(error)", self.configuration.failureBackoff)
            failure.exceededBytes = policy?.maxBytes ?? Int64(self.fetcher.configuration.maxBytes)
            return .failed(failure, .absent)
        case .notFound: return self.absence(of: claim, error)
        case .wrongBytes(let refusal) where refusal.reason == .empty: return self.absence(of: claim, error)
        case .refused, .unavailable, .wrongBytes:
            var failure = self.failure(claim, "\(error)", self.configuration.failureBackoff)
            failure.retryMilliseconds = max(failure.retryMilliseconds, wait ?? 0)
            return .failed(failure, .failed)
        }
    }

    private func absence(of claim: ClaimedArchive, _ error: ArchiveError) -> ArchiveResult {
        var failure = self.failure(claim, "\(error)", self.configuration.absenceBackoff)
        failure.isAbsent = true
        return .failed(failure, .absent)
    }

    func failure(_ claim: ClaimedArchive, _ error: String, _ backoff: RetryPolicy) -> ArchiveFailure {
        var random = SystemRandomNumberGenerator()
        let delay = backoff.delay(afterAttempt: claim.attempts + 1, using: &random)
        return ArchiveFailure(claim: claim, error: error, retryMilliseconds: max(10_000, delay.inMilliseconds))
    }
}
