import Facts
import Logging
import Store
import Synchronization

/// What became of the archives of one run, until that is written.
final class ArchiveLedger: Sendable {
    private struct Notes {
        var results: [ArchiveResult] = []
        /// Bytes that the bucket has room for; nil where there is no limit.
        var room: Int64?
        var obstacle: String?
        var isFull = false
    }

    /// Results that are written together.
    private static let batchSize = 32

    let budget: WorkBudget
    private let context: StageContext
    private let bucket: String
    private let run: RunID
    private let notes = Mutex(Notes())

    init(context: StageContext, bucket: String, run: RunID) {
        self.context = context
        self.bucket = bucket
        self.run = run
        self.budget = WorkBudget(context.options.limit)
    }

    func begin() async throws {
        guard let budget = self.context.settings.archives.budgetBytes else { return }
        let room = budget - (try await self.context.store.archiveTotals().bytes)
        self.notes.withLock { $0.room = room }
    }

    /// Whether what was fetched last had no room in the bucket.
    var isFull: Bool { self.notes.withLock { $0.isFull } }

    /// Whether no more archives are to be fetched.
    var isStopped: Bool { self.notes.withLock { $0.isFull || $0.obstacle != nil } }

    func stop(because reason: String) {
        let isFirst = self.notes.withLock { notes in
            defer { notes.obstacle = notes.obstacle ?? reason }
            return notes.obstacle == nil
        }
        guard isFirst else { return }
        self.context.problems.add("archives", reason)
        self.context.logger.error("no more archives are fetched", metadata: ["error": "\(reason)"])
        self.context.counters.add(.archivesFailed)
    }

    /// Bytes that the bucket has room for; nil where there is no limit.
    var bytesLeft: Int? { self.notes.withLock { $0.room.map { Int(clamping: max(0, $0)) } } }

    /// Takes room in the bucket for an archive.
    ///
    /// - Returns: Whether there is any.
    func takesIn(_ bytes: Int) -> Bool {
        self.notes.withLock { notes in
            guard let room = notes.room else { return true }
            guard bytes == 0 || room >= Int64(bytes) else { return false }
            notes.room = room - Int64(bytes)
            return true
        }
    }

    /// Gives back what was taken for an archive that is not stored.
    func giveBack(_ bytes: Int) { self.notes.withLock { $0.room? += Int64(bytes) } }

    /// Ends this run because an archive has no room in the bucket.
    ///
    /// It goes to the end of those that wait: the next run begins with others, which may be smaller.
    func fill(with claim: ClaimedArchive) -> ArchiveResult {
        self.notes.withLock { $0.isFull = true }
        return .postponed(claim, retryMilliseconds: 0)
    }

    func note(_ result: ArchiveResult) async throws {
        let isEnough = self.notes.withLock { notes in
            notes.results.append(result)
            return notes.results.count >= Self.batchSize
        }
        if isEnough { try await self.flush() }
    }

    /// Until it is cancelled.
    func flushEachSecond() async throws {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            // In a task of its own: what is being written then is not to be lost.
            try await Task { try await self.flush() }.value
        }
    }

    func flush() async throws {
        let results = self.notes.withLock { notes in
            defer { notes.results = [] }
            return notes.results
        }
        guard !results.isEmpty else { return }
        var (stored, failures): ([StoredArchive], [ArchiveFailure]) = ([], [])
        var postponed: [(claim: ClaimedArchive, retryMilliseconds: Int64)] = []
        for result in results {
            switch result {
            case .stored(let archive): stored.append(archive)
            case .failed(let failure, let weight):
                failures.append(failure)
                self.count(failure, weight)
            case .postponed(let claim, let wait): postponed.append((claim, wait))
            }
        }
        let written = try await self.context.store.finishArchives(stored, bucket: self.bucket, run: self.run)
        try await self.context.store.failArchives(failures)
        try await self.context.store.postponeArchives(postponed)
        let counters = self.context.counters
        counters.add(.archivesFetched, written.written)
        counters.add(.archiveBytes, Int(clamping: written.newBytes))
        counters.add(.archivesReturned, written.returned)
        counters.add(.archivesReplaced, written.replaced)
        counters.add(.leasesLost, written.lost)
        counters.add(.archivesPostponed, postponed.count)
        self.context.progress.advance(by: results.count, metadata: ["failed": "\(failures.count)"])
    }

    private func count(_ failure: ArchiveFailure, _ weight: ArchiveResult.Weight) {
        switch weight {
        case .failed:
            self.context.counters.add(.archivesFailed)
            self.context.problems.add(failure.claim.packageName ?? failure.claim.packageKey, failure.error)
        case .absent: self.context.counters.add(.archivesAbsent)
        case .behind: self.context.counters.add(.archivesBehind)
        }
        self.context.logger.debug(
            "an archive was not fetched",
            metadata: ["package": "\(failure.claim.packageKey)", "error": "\(failure.error)"]
        )
    }
}
