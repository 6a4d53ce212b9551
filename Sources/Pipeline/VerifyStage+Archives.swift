import Facts
import ObjectStorage
import Store

extension VerifyStage {
    func archives(mending run: RunID?, _ bucket: BucketMemory.Recognition) -> ArchiveComparison {
        ArchiveComparison(
            context: self.context,
            configuration: self.configuration,
            objects: self.objects,
            mending: run,
            bucket: bucket
        )
    }

    /// Has the database follow what is in the bucket of archives.
    func mendArchives(
        _ documents: VerifyFindings,
        _ bucket: BucketMemory.Recognition,
        _ run: RunID
    ) async throws -> ArchiveFindings {
        let findings = try await self.archives(mending: run, bucket).compare()
        self.note(findings)
        let counters = self.context.counters
        counters.set(.archivesLost, findings.lost)
        counters.set(.archivesAdopted, findings.adopted)
        counters.set(.archivesReturned, findings.returned)
        let adoption = ArchiveAdoption(context: self.context, objects: self.objects)
        let assigned = try await adoption.assign(documents: documents.pending + documents.differing)
        counters.set(.archivesAssigned, assigned)
        if bucket.isUnrecorded, !self.context.options.isForced {
            try await self.refuseToForget(documents.extra, adoption)
        }
        return findings
    }

    /// A database that is not filled yet would delete the documents that say which versions archives are of.
    private func refuseToForget(_ documents: [String], _ adoption: ArchiveAdoption) async throws {
        let naming = try await adoption.naming(among: documents)
        guard let first = naming.first else { return }
        throw GuardRefusal(
            "\(naming.count.counted("document")) in \(self.objects.description), \(first) among them, \(naming.count == 1 ? "names archives and is of" : "name archives and are of") "
                + "packages that this database does not know: let discover and update take in all of them first, or say "
                + "--force where they are to go. In the bucket nothing was changed"
        )
    }

    func note(_ findings: ArchiveFindings) {
        let counters = self.context.counters
        counters.set(.archivesListed, findings.listed)
        for kind in ArchiveFindings.Kind.allCases { counters.set(.archives(kind.rawValue), findings[kind]) }
    }

    /// What nobody is known to need; old lock files may name it.
    func orphans() async throws -> [String] {
        let (count, bytes) = try await self.context.store.orphanedArchives()
        self.context.counters.set(.archivesOrphaned, count)
        if count == 0 { return [] }
        return [
            "\(count.counted("archive")) of \(Int(clamping: bytes).counted("byte")) \(count == 1 ? "is" : "are") of no version that is known; 'sync "
                + "remove-archives --orphans' says which"
        ]
    }

    /// Archives that are gone for now, or for ever.
    func lostArchives() async throws -> (count: Int, words: String, notes: [String]) {
        let (count, first) = try await self.context.store.lostArchives(limit: ArchiveFindings.shown)
        guard count > 0 else { return (0, "", []) }
        let notes = first.map { archive in
            let version = [archive.package, archive.version].compactMap(\.self).joined(separator: " ")
            let hope =
                archive.isReplaced
                ? "upstream has other bytes for it now"
                : archive.isDue ? "upstream is asked for it" : "upstream has it no more"
            return "lost: \(archive.key)\(version.isEmpty ? "" : " of \(version), \(hope)")"
        }
        let words =
            "\(count.counted("archive is", "archives are")) lost, and lock files may need \(count == 1 ? "it" : "them"): 'sync copy --from' brings back what another "
            + "bucket has, and 'sync remove-archives' forgets them"
        return (count, words, notes)
    }
}
