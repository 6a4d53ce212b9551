package import Facts
import ObjectStorage
package import Store
import Upstream

extension ArchiveFetching {
    /// Until what nothing is said of is tried again.
    private static let pauseMilliseconds: Int64 = 60_000

    /// Brings one archive, which somebody has asked for, into the bucket, and writes back what became of it.
    ///
    /// - Parameter run: In whose name it is claimed.
    /// - Throws: ``StoreError``, `CancellationError`: nothing was written then.
    package func bring(_ claim: ClaimedArchive, run: RunID) async throws {
        var context = self.context
        // Counts and troubles of each are its own: nobody collects them.
        (context.counters, context.problems) = (Counters(), Problems())
        let ledger = ArchiveLedger(context: context, bucket: self.objects.description, run: run)
        try await ledger.begin()
        guard let source = self.context.settings.sources.first(where: { $0.name == claim.source }),
            let result = try await self.result(of: claim, source, ledger), !ledger.isFull
        else { return try await self.context.store.postponeArchives([(claim, Self.pauseMilliseconds)]) }
        try await ledger.note(result)
        try await ledger.flush()
    }
}
