import Archives
import Composer
import Facts
package import ObjectStorage
import Resilience
import ServiceLifecycle
package import Store
import Synchronization

/// Removes archives that a person wants to be gone and that no document names: the only thing that does.
///
/// They are taken out of what documents may name first; then every document in the bucket is read; and only what none of
/// them names is deleted. Nothing is fetched meanwhile, because it could be one of them. Killed at any time, it leaves
/// archives that are there and not known to be live, which `sync verify --repair` takes in again.
package struct RemovalStage: Sendable {
    package struct Configuration: Sendable {
        package var removal: ArchiveRemoval
        /// Archives for which all documents are read once.
        package var batchSize = 50_000
        /// Rows of a transaction, keys of a request.
        package var pageSize = 500
        /// For so long nobody fetches archives if this process dies; renewed while it is at work.
        package var holdMilliseconds: Int64 = 900_000

        package init(removal: ArchiveRemoval) { self.removal = removal }
    }

    /// The most keys that are named.
    private static let shown = 10

    let context: StageContext
    let configuration: Configuration
    let objects: any ObjectStore

    package init(context: StageContext, configuration: Configuration, objects: any ObjectStore) {
        self.context = context
        self.configuration = configuration
        self.objects = objects
    }

    package func run() async throws -> StageOutcome {
        try await self.objects.check()
        let memory = BucketMemory(context: self.context, objects: self.objects)
        guard case .known = try await memory.recognise(admitsAnother: false) else {
            return StageOutcome(notes: ["nothing was published to \(self.objects.description) yet"])
        }
        guard self.context.run != nil else { return try await self.remove() }
        try await self.hold()
        do {
            let outcome = try await self.remove()
            try await self.context.store.endRemovingArchives()
            return outcome
        } catch {
            // In a task of its own, so that a run that was cancelled lets others fetch again.
            try await Task { [store = self.context.store] in try await store.endRemovingArchives() }.value
            throw error
        }
    }

    /// Keeps archives from being fetched.
    private func hold() async throws {
        let fetching = try await self.context.store.beginRemovingArchives(
            milliseconds: self.configuration.holdMilliseconds
        )
        guard fetching == 0 else {
            throw GuardRefusal(
                "\(fetching.counted("archive is", "archives are")) being fetched at this moment, and what is removed could be among them: stop "
                    + "sync and serve, or try again when they are done. Nothing was changed"
            )
        }
    }

    func goOn() async throws {
        let isHeld = try await self.context.store.goOnRemovingArchives(
            milliseconds: self.configuration.holdMilliseconds
        )
        guard isHeld else {
            throw GuardRefusal("this took so long that archives may have been fetched meanwhile; begin again")
        }
    }

    private func remove() async throws -> StageOutcome {
        var (count, bytes, first): (Int, Int64, [String]) = (0, 0, [])
        var position = ""
        while !Task.isShuttingDownGracefully {
            let wanted = min(self.configuration.batchSize, (self.context.options.limit ?? .max) - count)
            guard wanted > 0 else { break }
            let archives = try await self.context.store.removableArchives(
                self.configuration.removal,
                after: position,
                limit: wanted
            )
            guard let last = archives.last else { break }
            position = last.key
            let removed = try await self.remove(archives)
            count += removed.count
            bytes += removed.reduce(0) { $0 + ($1.size ?? 0) }
            first += removed.prefix(Self.shown - first.count).map(\.key)
        }
        return self.outcome(count, bytes, first)
    }

    /// - Returns: What was removed, or would be.
    private func remove(_ archives: [RemovableArchive]) async throws -> [RemovableArchive] {
        guard self.context.run != nil else {
            return try await self.unnamed(among: archives, of: archives.count)
        }
        var withdrawn: Set<String> = []
        do {
            for page in archives.pages(of: self.configuration.pageSize) {
                withdrawn.formUnion(try await self.context.store.withdrawArchives(page))
            }
            // Of those that had been gone before there are rows alone.
            let candidates = archives.filter { withdrawn.contains($0.key) || !$0.isLive }
            var removed: [RemovableArchive] = []
            for page in try await self.unnamed(among: candidates, of: archives.count).pages(
                of: self.configuration.pageSize
            ) {
                if Task.isShuttingDownGracefully { break }
                try await self.goOn()
                // First: whether a deletion that fails took effect nobody knows, and nothing of it may be named again.
                withdrawn.subtract(page.map(\.key))
                try await self.delete(page, &removed)
            }
            try await self.restore(withdrawn)
            return removed
        } catch {
            // In a task of its own: a run that was cancelled leaves things as they were, too.
            try await Task { [withdrawn] in try await self.restore(withdrawn) }.value
            throw error
        }
    }

    /// Those of these archives that no document names; the rest of all that were looked at is kept.
    private func unnamed(among archives: [RemovableArchive], of count: Int) async throws -> [RemovableArchive] {
        let named = try await self.named(among: archives)
        let unnamed = archives.filter { !named.contains($0.sha256) }
        self.context.counters.add(.archivesKept, count - unnamed.count)
        return unnamed
    }

    private func restore(_ keys: Set<String>) async throws {
        for page in keys.sorted().pages(of: self.configuration.pageSize) {
            try await self.context.store.restoreArchives(page)
        }
    }

    private func delete(_ archives: [RemovableArchive], _ removed: inout [RemovableArchive]) async throws {
        let failures = try await self.objects.deleteMany(archives.map(\.key))
        for (key, error) in failures { self.context.problems.add(key, "\(error)") }
        let gone = archives.filter { failures[$0.key] == nil }
        try await self.context.store.forgetArchives(gone)
        self.context.counters.add(.archivesUnremoved, failures.count)
        self.context.counters.add(.archivesRemoved, gone.count)
        self.context.counters.add(.bytesRemoved, Int(clamping: gone.reduce(0) { $0 + ($1.size ?? 0) }))
        self.context.progress.advance(by: gone.count)
        removed += gone
    }

    private func outcome(_ count: Int, _ bytes: Int64, _ first: [String]) -> StageOutcome {
        let isDry = self.context.run == nil
        if isDry { self.context.counters.set(.wouldRemove, count) }
        var outcome = StageOutcome(
            exit: Task.isShuttingDownGracefully ? .terminated : .done,
            counters: self.context.counters.snapshot
        )
        let kept = self.context.counters[.archivesKept]
        outcome.notes.append(
            "\(isDry ? "would remove" : "removed") \(count.counted("archive")) of \(Int(clamping: bytes).counted("byte")) from "
                + "\(self.objects.description)"
        )
        if !first.isEmpty {
            outcome.notes.append("among them: \(first.joined(separator: ", "))")
        }
        if kept > 0 {
            outcome.notes.append(
                "\(kept.grouped) more \(kept == 1 ? "stays" : "stay"): documents name them, or are on their way to the bucket"
            )
        }
        if isDry, count > 0 { outcome.notes.append("nothing was changed; say --yes to remove them") }
        let unremoved = self.context.counters[.archivesUnremoved]
        if unremoved > 0 {
            outcome.exit = max(outcome.exit, .failed)
            outcome.error = self.context.problems.summary("\(unremoved.counted("archive")) could not be deleted")
        }
        return outcome
    }
}

extension Array {
    fileprivate func pages(of size: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: size).map { Array(self[$0..<Swift.min($0 + size, self.count)]) }
    }
}
