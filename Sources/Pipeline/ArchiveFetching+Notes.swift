import Store

/// What a person is told of archives beside counts.
extension ArchiveFetching {
    func note(ofDue due: (count: Int, bytes: Int64?)) -> String {
        guard due.count > 0 else { return "no archive is due" }
        // Upstream tells of no sizes before it is asked for the bytes.
        let size = due.bytes.map { "about \(Self.megabytes($0)), by the mean of those that are there" }
        return "would fetch \(due.count.counted("archive")) of \(size ?? "sizes that nobody knows yet")"
    }

    /// What there is to be said where not all was fetched.
    func note(on ending: Ending) async throws -> String? {
        guard ending == .sliceIsOver else { return try await self.fullBucketNote(isFull: ending == .bucketIsFull) }
        let due = try await self.due(nil).count
        return due > 0 ? "\(due.counted("archive is", "archives are")) left to the next run" : nil
    }

    /// That the bucket takes no more archives, and some are due; nil where that is not so.
    ///
    /// - Parameter isFull: Whether something was found to have no room.
    func fullBucketNote(isFull: Bool) async throws -> String? {
        guard let budget = self.context.settings.archives.budgetBytes else { return nil }
        let total = try await self.context.store.archiveTotals()
        let due = try await self.due(nil).count
        guard due > 0, isFull || total.bytes >= budget else { return nil }
        let used = "\(Self.megabytes(total.bytes)) of the \(Self.megabytes(budget))"
        return "warning: the archives in the bucket have \(used) that "
            + "PACKLINE_ARCHIVES_BUDGET_MB allows, and \(due.grouped) more \(due == 1 ? "is" : "are") wanted: nothing is fetched until it is "
            + "raised, or fewer are wanted. Nothing is deleted"
    }

    private static func megabytes(_ bytes: Int64) -> String { "\(Int((bytes + (1 << 20) - 1) >> 20).grouped) MB" }
}
