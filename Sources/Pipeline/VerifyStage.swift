import Composer
import Facts
package import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization

/// Compares the bucket with the database, and mends it where asked to.
///
/// Reads: the bucket's listing, 1,000 keys a request, and downloads only for a deep comparison. What stages are at work on
/// meanwhile is left to them. Objects outside the keys that a repository of these settings can have are never touched.
package struct VerifyStage: Sendable {
    package struct Configuration: Sendable {
        /// Downloads every object and compares its bytes.
        package var isDeep = false
        /// Uploads what is missing or differs, and deletes what nothing accounts for.
        package var repairs = false
        /// How many percent of the objects a repair may delete.
        package var maxShrinkPercent = 5
        /// Begins anew where a comparison was stopped.
        package var restarts = false
        /// How many pages of the listing are compared between two places that are kept.
        package var pagesAtOnce = 20

        package init() {}
    }

    /// The most keys of each kind that are named.
    private static let shown = 10

    let context: StageContext
    let configuration: Configuration
    let objects: any ObjectStore
    let sync: SyncStage

    /// - Parameter sync: Publishes what a repair makes dirty.
    package init(context: StageContext, configuration: Configuration, objects: any ObjectStore, sync: SyncStage) {
        self.context = context
        self.configuration = configuration
        self.objects = objects
        self.sync = sync
    }

    package func run() async throws -> StageOutcome {
        let repairs = self.configuration.repairs && self.context.run != nil
        try await self.objects.check()
        let memory = BucketMemory(context: self.context, objects: self.objects)
        let bucket = try await memory.recognise(admitsAnother: repairs)
        let findings = try await self.compare()
        let counters = self.context.counters
        for (name, keys) in findings.byKind { counters.set(.objects(name), keys.count) }
        guard repairs, let run = self.context.run else {
            let archives = try await self.archives(mending: nil, bucket).compare()
            return try await self.report(findings, archives)
        }
        try self.guardAgainstDeleting(findings)
        var archives = ArchiveFindings()
        // First, while nobody else may publish to a bucket that is not known yet: the documents there say whose archives are
        // whose, and others will take their place.
        if !bucket.isAnother { archives = try await self.mendArchives(findings, bucket, run) }
        // The store may have learned them; and probes that were killed are removed by the next one.
        if self.context.settings.conditions == .auto { try await memory.detectConditions() }
        // Not before it is certain that something may be changed, and before anything is noted as live there.
        try await memory.record(bucket, hasAdopted: true)
        var repair = findings.repair
        if bucket.isAnother { repair.move = (self.objects.description, findings.startedAtMilliseconds) }
        try await self.context.store.markForRepair(repair)
        if bucket.isAnother { archives = try await self.mendArchives(findings, bucket, run) }
        counters.set(.objectsAdopted, try await self.adopt(findings.pending))
        var outcome = try await self.sync.run()
        let lost = try await self.lostArchives()
        if lost.count > 0, outcome.exit == .done || outcome.exit == .partial {
            (outcome.exit, outcome.error) = (.failed, lost.words)
        }
        if outcome.exit == .done, let words = try await self.missingRoot() {
            (outcome.exit, outcome.error) = (.failed, words)
        }
        outcome.notes = try await self.notes(findings) + archives.notes + lost.notes + self.orphans() + outcome.notes
        return outcome.with(counters)
    }

    // MARK: Mending

    private func guardAgainstDeleting(_ findings: VerifyFindings) throws {
        let percent = self.configuration.maxShrinkPercent
        guard !self.context.options.isForced, findings.extra.count > 10,
            findings.extra.count * 100 > findings.listed * percent
        else { return }
        throw GuardRefusal(
            "a repair would delete \(findings.extra.count.grouped) of \(findings.listed.counted("object")), more than "
                + "\(percent)%; nothing was changed. If this database is the right one for the bucket, allow it with "
                + "--max-shrink \(min(100, findings.extra.count * 100 / max(1, findings.listed) + 1))"
        )
    }

    /// Stamps objects that are there with the right bytes already, without uploading them again.
    ///
    /// A database that was made anew, or a bucket that was filled by another tool, is recognised by this.
    private func adopt(_ keys: [String]) async throws -> Int {
        var adopted = 0
        for kind in [ObjectKind.document, .listing] { adopted += try await self.adopt(keys, kind) }
        return adopted
    }

    private func adopt(_ keys: [String], _ kind: ObjectKind) async throws -> Int {
        guard let run = self.context.run else { return 0 }
        var adopted = 0
        let keys = keys.filter { ObjectKind.ofDocument($0) == kind }
        for start in stride(from: 0, to: keys.count, by: 200) {
            let documents = try await self.context.store.claimDirty(
                kind: kind,
                limit: 200,
                run: run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                bucket: self.objects.description,
                paths: Array(keys[start..<min(start + 200, keys.count)])
            )
            let equal = Mutex<[Stamp]>([])
            for slice in documents.slices(of: self.sync.configuration.bytesTogether) {
                let contents = try await self.context.store.contents(slice.compactMap(\.content))
                try await forEachConcurrently(slice, limit: self.context.options.concurrency ?? 32) { document in
                    guard let content = document.content.flatMap({ contents[$0] }) else { return }
                    if let stamp = try await self.stampOfEqual(document, content) {
                        equal.withLock { $0.append(stamp) }
                    }
                }
            }
            let stamps = equal.withLock { $0 }
            _ = try await self.context.store.stampDeployed(stamps, kind: kind, run: run)
            try await self.context.store.returnDocuments(run: run)
            adopted += stamps.count
        }
        return adopted
    }

    /// The stamp of an object that has the right bytes already.
    private func stampOfEqual(_ document: ClaimedDocument, _ content: Blob) async throws -> Stamp? {
        // Bytes that can't be read are for the run of sync that follows.
        guard let found = try await self.objects.head(document.path),
            let wanted = try? self.sync.object(for: document, content), found.etag == wanted.etag
        else { return nil }
        return Stamp(of: document, etag: found.etag)
    }

    // MARK: Telling

    private func report(_ findings: VerifyFindings, _ archives: ArchiveFindings) async throws -> StageOutcome {
        var problems: [String] = []
        if !findings.missing.isEmpty || !findings.extra.isEmpty || !findings.differing.isEmpty {
            problems.append(
                "\(findings.missing.count.counted("object is", "objects are")) missing, \(findings.differing.count.counted("differs", "differ")) and "
                    + "\(findings.extra.count.grouped) should not be there"
            )
        }
        if archives[.missing] > 0 || archives[.damaged] > 0 {
            problems.append(
                "\(archives[.missing].counted("archive is", "archives are")) missing and \(archives[.damaged].counted("is", "are")) damaged"
            )
        }
        if !problems.isEmpty { problems[problems.count - 1] += "; 'sync verify --repair' mends them" }
        if problems.isEmpty, let words = try await self.missingRoot() { problems.append(words) }
        let lost = try await self.lostArchives()
        if lost.count > 0 { problems.append(lost.words) }
        self.note(archives)
        let orphans = try await self.orphans()
        return StageOutcome(
            exit: problems.isEmpty ? .done : .failed,
            counters: self.context.counters.snapshot,
            error: problems.isEmpty ? nil : problems.joined(separator: "; "),
            notes: self.notes(findings) + archives.notes + lost.notes + orphans
        )
    }

    /// What is wrong where nothing was ever published, or where the database is not the one that knows.
    private func missingRoot() async throws -> String? {
        guard try await self.objects.head(RootDocument.path) == nil else { return nil }
        return "\(RootDocument.path) is not in \(self.objects.description), which is of no use to Composer without it: "
            + "run discover, update and sync, or check PACKLINE_DATABASE_URL and PACKLINE_BUCKET_URL"
    }

    private func notes(_ findings: VerifyFindings) -> [String] {
        var notes = ["\(findings.listed.counted("object")) compared with the database"]
        for (name, keys) in findings.byKind where !keys.isEmpty {
            let more = keys.count > Self.shown ? " …" : ""
            notes.append("\(keys.count.grouped) \(name): \(keys.prefix(Self.shown).joined(separator: ", "))\(more)")
        }
        return notes
    }
}
