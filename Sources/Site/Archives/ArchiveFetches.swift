import Composer
import Facts
import Logging
import Resilience
import ServiceLifecycle
import Store
import Synchronization

/// Fetches of archives that somebody has asked for: one for each archive, however many ask here and elsewhere.
///
/// A fetch goes on when nobody waits for it any more. Between processes, a lease decides who fetches.
final class ArchiveFetches: Sendable {
    /// How often it is asked whether another process has come to its end.
    private static let interval = Duration.milliseconds(500)
    /// What can be begun or waited for at once; others are told at once that there is nothing.
    private static let mostFetches = 256
    private static let mostWaiting = 1_024

    private struct State {
        var isOver = false
        var fetches: [Subject: (flight: Flight, task: Task<Void, Never>)] = [:]
        var waiting = 0
    }

    private struct Subject: Hashable {
        var package: Int64
        var identity: [UInt8]
    }

    private let store: Store
    private let origin: any ArchiveOrigin
    private let serving: ArchiveServing
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let turns: ConcurrencyLimiter
    private let state = Mutex(State())

    init(
        store: Store,
        origin: any ArchiveOrigin,
        serving: ArchiveServing,
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.store = store
        self.origin = origin
        self.serving = serving
        self.clock = clock
        self.logger = logger
        self.turns = ConcurrencyLimiter(limit: serving.fetchesAtOnce)
    }

    /// Waits until an archive has come or failed, but no longer than a client may wait.
    func fetch(_ wanted: ListedArchive, of package: ArchivedPackage) async {
        let subject = Subject(package: package.id, identity: wanted.archive.identityHash.bytes)
        let flight = self.state.withLock { state -> Flight? in
            if state.isOver || state.waiting >= Self.mostWaiting { return nil }
            var flight = state.fetches[subject]?.flight
            if flight == nil, state.fetches.count < Self.mostFetches {
                let new = Flight()
                flight = new
                let task = Task {
                    await self.see(wanted, package)
                    self.state.withLock { $0.fetches[subject] = nil }
                    new.end()
                }
                state.fetches[subject] = (new, task)
            }
            if flight != nil { state.waiting += 1 }
            return flight
        }
        guard let flight else { return }
        defer { self.state.withLock { $0.waiting -= 1 } }
        await flight.wait(atMost: self.serving.wait, clock: self.clock)
    }

    private func see(_ wanted: ListedArchive, _ package: ArchivedPackage) async {
        do {
            while !Task.isCancelled {
                switch try await self.store.wantArchive(wanted, of: package) {
                case .none: return
                case .held: break
                case .due(let id): if try await self.fetch(id) { return }
                }
                try await self.clock.sleep(for: Self.interval)
            }
        } catch is CancellationError {
        } catch {
            self.logger.error(
                "an archive that was asked for can't be fetched",
                metadata: ["package": "\(package.name)", "version": "\(wanted.archive.version)", "error": "\(error)"]
            )
        }
    }

    /// - Returns: False where somebody else was faster.
    private func fetch(_ id: Int64) async throws -> Bool {
        try await self.turns.withSlot {
            let claim = try await self.store.claimArchive(
                id,
                run: self.serving.run,
                leaseMilliseconds: self.serving.leaseMilliseconds,
                budgetBytes: self.serving.budgetBytes
            )
            guard let claim else {
                // A bucket that is full gets no more.
                guard let budget = self.serving.budgetBytes else { return false }
                return try await self.store.archiveTotals().bytes >= budget
            }
            do { try await self.fetch(claim) } catch {
                // In a task of its own: it may have been cancelled.
                try? await Task { try await self.store.postponeArchives([(claim, 60_000)]) }.value
                throw error
            }
            return true
        }
    }

    /// What takes longer than a lease stays this process's.
    private func fetch(_ claim: ClaimedArchive) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.origin.fetch(claim) }
            group.addTask {
                // Three times within a lease, as runs do.
                let interval = Duration.milliseconds(max(1, self.serving.leaseMilliseconds / 3))
                while true {
                    try await self.clock.sleep(for: interval)
                    do {
                        try await self.store.renewLeases(
                            run: self.serving.run,
                            leaseMilliseconds: self.serving.leaseMilliseconds
                        )
                    } catch let error as StoreError {
                        self.logger.warning("a lease on an archive was not renewed", metadata: ["error": "\(error)"])
                    }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Ends all fetches, and gives back what is held for them.
    func stop() async {
        let tasks = self.state.withLock { state in
            state.isOver = true
            return state.fetches.values.map(\.task)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        do { try await self.store.returnArchives(run: self.serving.run) } catch {
            self.logger.warning("leases on archives end by themselves", metadata: ["error": "\(error)"])
        }
    }
}

/// Something that many wait for, each for so long.
private final class Flight: Sendable {
    private struct State {
        var hasEnded = false
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    func end() {
        let waiting = self.state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for waiter in waiting { waiter.resume() }
    }

    func wait(atMost time: Duration, clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await clock.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait() async {
        let id = self.state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.hasEnded || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
}
