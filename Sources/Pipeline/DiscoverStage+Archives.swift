import Facts
import Store

extension DiscoverStage {
    /// What to do once all that upstream told of a source was taken in: archives that were fetched before this began are then
    /// of the reference that they were fetched for.
    ///
    /// - Returns: nil where there is nothing to be confirmed by that.
    func confirmation(of source: SourceName) async throws -> (() async throws -> Void)? {
        // Less was looked at than there is.
        let archives = self.context.settings.archives
        guard archives.policies[source] != nil || archives.lazy[source] != nil, self.context.run != nil,
            self.context.options.limit == nil
        else { return nil }
        let beginning = try await self.context.store.now()
        return {
            let count = try await self.context.store.confirmArchives(source: source, before: beginning)
            self.context.counters.add(.archivesConfirmed, count)
        }
    }
}
