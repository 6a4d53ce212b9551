import Facts
import Logging
import ObjectStorage
import Resilience
import Store

/// What could not be published.
extension SyncWorker {
    /// Documents without bytes are derived again; the others are not held up by them.
    func lose(_ lost: [(document: ClaimedDocument, error: LostContent)]) async throws {
        guard !lost.isEmpty else { return }
        try await self.context.store.loseContents(
            of: self.failures(lost.map { ($0.document, $0.error) }),
            damaged: lost.compactMap(\.error.damaged),
            run: self.run
        )
        self.context.counters.add(.contentsLost, lost.count)
        self.count(lost.map { ($0.document, $0.error) })
    }

    /// Failures stay dirty.
    ///
    /// Those that every object would meet end the run; what has failed before says nothing of the others, and what
    /// announces them goes on.
    func fail(
        _ failures: [(document: ClaimedDocument, error: any Error)],
        of count: Int
    ) async throws {
        guard let first = failures.first else { return }
        try await self.context.store.failUploads(self.failures(failures), run: self.run)
        self.count(failures)
        let code = (first.error as? ObjectStoreError)?.code
        let isGeneral = failures.count == count && failures.contains { $0.document.attempts == 0 }
        if code == .accessDenied || code == .noSuchBucket || isGeneral, count > 1 { throw first.error }
    }

    private func failures(_ failures: [(document: ClaimedDocument, error: any Error)]) -> [UploadFailure] {
        var random = SystemRandomNumberGenerator()
        return failures.map { document, error in
            let delay = self.stage.configuration.failureBackoff.delay(
                afterAttempt: document.attempts + 1,
                using: &random
            )
            return (document, "\(error)", max(1_000, delay.inMilliseconds))
        }
    }

    private func count(_ failures: [(document: ClaimedDocument, error: any Error)]) {
        self.context.counters.add(.documentsFailed, failures.count)
        for (document, error) in failures { self.context.problems.add(document.path, "\(error)") }
        for (document, error) in failures.prefix(3) {
            self.context.logger.warning(
                "object failed",
                metadata: ["key": "\(document.path)", "error": "\(error)"]
            )
        }
    }
}
