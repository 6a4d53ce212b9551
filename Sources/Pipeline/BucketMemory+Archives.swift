import ObjectStorage
import Store

extension BucketMemory {
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
            "\((wanted - found).grouped) of \(wanted.grouped) archives that documents name are not in "
                + "\(self.objects.description), or are not as large there: copy all that is below dist/ in \(known) into it, "
                + "and try again. Nothing was changed"
        )
    }
}
