import Archives
import ObjectStorage
import Store

extension BucketMemory {
    /// Makes sure that a bucket to which this database has published nothing yet has no archives of another, such as one that
    /// was thrown away and filled again: only the documents there say whose they are, and would be written over.
    ///
    /// One page of the listing is asked for, before the first upload of all.
    ///
    /// - Throws: ``GuardRefusal``.
    func refuseUnknownArchives() async throws {
        let page = try await self.objects.list(prefix: ArchiveKey.prefix, continuing: nil)
        let archives = page.objects.map(\.key).filter { ArchiveKey($0) != nil }
        // Those that were fetched by this database itself are known, whoever published first.
        guard try await self.context.store.fetchedArchiveCount(among: archives) < archives.count else { return }
        throw GuardRefusal(
            "there are archives in \(self.objects.description) that this database knows nothing of, and documents that name "
                + "them. If it was made anew for this bucket, run discover and update, and then 'sync verify --repair' once, "
                + "which takes them in. Nothing was changed"
        )
    }

    /// Makes sure that another bucket has every archive that documents name: their bytes are nowhere but in the known one, and
    /// lock files go on to name them.
    ///
    /// Only the listing is asked: archives are named by their bytes.
    ///
    /// - Throws: ``GuardRefusal`` where one is missing, or has another size.
    func refuseWithoutArchives(_ known: String) async throws {
        let wanted = try await self.context.store.liveArchiveCount()
        guard wanted > 0 else { return }
        var found = 0
        try await self.objects.walk(prefix: "dist/") { page in
            found += try await self.context.store.liveArchiveCount(
                among: page.objects.map { ($0.key, Int64($0.size)) }
            )
        }
        guard found < wanted else { return }
        throw GuardRefusal(
            "\((wanted - found).grouped) of \(wanted.counted("archive")) that documents name \(wanted - found == 1 ? "is" : "are") not in "
                + "\(self.objects.description), or not as large there: copy all that is below dist/ in \(known) into it "
                + "('sync copy --from'), and try again. Nothing was changed"
        )
    }
}
