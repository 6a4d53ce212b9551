import Facts
import ServiceLifecycle
import Store
import Upstream

/// Derives documents again, from what is stored, whose archives have come: for a stage that asks no upstream.
///
/// What was derived under other settings, or is to be called otherwise, is left to `update`.
struct ArchiveDeriving {
    let context: StageContext

    private var sources: [any UpstreamSource] {
        self.context.settings.sources.filter { self.context.settings.archives.policies[$0.name] != nil }
    }

    /// Whether there is anything to derive.
    func isDue() async throws -> Bool {
        for source in self.sources where try await self.context.store.derivableCount(source: source.name) > 0 {
            return true
        }
        return false
    }

    func derive(run: RunID) async throws {
        guard try await self.isDue() else { return }
        let (store, settings) = (self.context.store, self.context.settings)
        let stage = UpdateStage(context: self.context, client: nil)
        // Vendors only where names are looked up, of what packages require.
        let ownership = try await store.ownership(of: settings.owning) { _ in
            settings.sources.contains { $0.requirementLimit != nil }
        }
        var workers: [any SourceWorker] = []
        for source in settings.sources(offering: try await store.offers(to: settings))
        where ownership.isSettled(source.name) && !ownership.hasOtherTerms(source.name) {
            if let worker = try await source.deriver(stage, ownership) { workers.append(worker) }
        }
        let worker = UpdateWorker(stage: stage, run: run, ids: nil, sources: workers)
        do {
            for source in workers {
                while !Task.isShuttingDownGracefully, try await source.deriveAnew(worker) > 0 {}
            }
        } catch {
            try await self.returnLeases(run)
            throw error
        }
        if Task.isShuttingDownGracefully { try await self.returnLeases(run) }
    }

    /// In a task of its own, so that a run that was cancelled returns what it holds too.
    private func returnLeases(_ run: RunID) async throws {
        try await Task { [store = self.context.store] in try await store.returnPackages(run: run) }.value
    }
}
