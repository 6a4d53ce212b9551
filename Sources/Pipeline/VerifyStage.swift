import Composer
import Facts
package import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import WordPress

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
        var findings = try await self.compare()
        try await self.addMissing(to: &findings)
        let counters = self.context.counters
        for (name, keys) in findings.byKind { counters.set("objects_\(name)", keys.count) }
        guard repairs else { return self.report(findings) }

        try self.guardAgainstDeleting(findings)
        // The store may have learned them; and probes that were killed are removed by the next one.
        if self.context.settings.conditions == .auto { try await memory.detectConditions() }
        // Not before it is certain that something may be changed, and before anything is noted as live there.
        try await memory.record(bucket)
        var repair = findings.repair
        if bucket.isAnother { repair.move = (self.objects.description, findings.startedAtMilliseconds) }
        try await self.context.store.markForRepair(repair)
        counters.set("objects_adopted", try await self.adopt(findings.pending))
        var outcome = try await self.sync.run()
        outcome.notes = self.notes(findings) + outcome.notes
        return outcome.with(counters)
    }

    // MARK: Comparing

    private func compare() async throws -> VerifyFindings {
        var findings = VerifyFindings()
        findings.startedAtMilliseconds = try await self.context.store.now()
        if let root = try await self.objects.head(RootDocument.path) {
            let listed = ListedObject(key: RootDocument.path, etag: root.etag, size: root.size ?? 0)
            try await self.compare([listed], &findings)
        }
        try await self.objects.walk(prefix: DocumentName.folder) { page in
            try Task.checkCancellation()
            if Task.isShuttingDownGracefully { throw CancellationError() }
            try await self.compare(page.objects, &findings)
            self.context.progress.advance(by: page.objects.count, metadata: [:])
        }
        self.context.counters.set("objects_listed", findings.seen.count)
        return findings
    }

    private func compare(_ objects: [ListedObject], _ findings: inout VerifyFindings) async throws {
        let documents = try await self.context.store.published(paths: objects.map(\.key))
        var suspects: [String] = []
        for object in objects {
            findings.seen.insert(object.key.hashValue)
            guard let document = documents[object.key] else {
                if self.isOurs(object.key) { suspects.append(object.key) } else { findings.foreign.append(object.key) }
                continue
            }
            if !document.isSettled {
                findings.pending.append(object.key)
                if document.hasFailed, !document.isLeased { findings.stuck.append((object.key, object.etag)) }
            } else if !document.agrees(etag: object.etag, size: object.size) {
                suspects.append(object.key)
            } else if self.configuration.isDeep, try await !self.hasContent(document) {
                suspects.append(object.key)
            }
        }
        try await self.judge(suspects, &findings)
    }

    /// A stage may have changed an object after it was listed: each is looked at once more, the object first.
    private func judge(_ keys: [String], _ findings: inout VerifyFindings) async throws {
        guard !keys.isEmpty else { return }
        let found = Mutex<[String: ObjectVersion]>([:])
        try await forEachConcurrently(keys, limit: self.context.options.concurrency ?? 32) { key in
            guard let object = try await self.objects.head(key) else { return }
            found.withLock { $0[key] = object }
        }
        let objects = found.withLock { $0 }
        let documents = try await self.context.store.published(paths: keys)
        for key in keys {
            guard documents[key]?.isSettled ?? true else {
                findings.pending.append(key)
                continue
            }
            switch (objects[key], documents[key]?.content) {
            case (nil, nil): break
            case (nil, _?): findings.missing.append(key)
            case (_?, nil): findings.extra.append(key)
            case (let object?, _?):
                let isEqual = try await self.isEqual(object, documents[key])
                if !isEqual {
                    findings.differing.append(key)
                    findings.found[key] = object.etag
                }
            }
        }
    }

    private func isEqual(_ object: ObjectVersion, _ document: PublishedDocument?) async throws -> Bool {
        guard let document, document.agrees(etag: object.etag, size: object.size) else { return false }
        return self.configuration.isDeep ? try await self.hasContent(document) : true
    }

    /// Downloads an object and compares it with what was published; also as the database keeps it, compressed.
    private func hasContent(_ document: PublishedDocument) async throws -> Bool {
        guard let hash = document.content,
            let blob = try await self.context.store.contents([hash])[hash],
            let found = try await self.objects.get(document.path, maxBytes: max(blob.size, blob.bytes.count))
        else { return false }
        self.context.counters.add("objects_downloaded")
        return ContentHash(of: found.bytes) == hash || (blob.encoding == .gzip && found.bytes == blob.bytes)
    }

    /// Documents that are live by the database, or could not be brought there, and were not in the listing.
    ///
    /// What waits for its first upload is not missing yet, but for the root: without it there is no repository.
    private func addMissing(to findings: inout VerifyFindings) async throws {
        var last = ""
        while true {
            let documents = try await self.context.store.published(after: last, limit: 1_000)
            guard let end = documents.last else { break }
            last = end.path
            for document in documents where !findings.seen.contains(document.path.hashValue) {
                if document.isSettled || document.hasFailed { findings.addMissing(document) }
            }
        }
        guard !findings.seen.contains(RootDocument.path.hashValue), !findings.missing.contains(RootDocument.path),
            let root = try await self.context.store.published(paths: [RootDocument.path])[RootDocument.path]
        else { return }
        findings.addMissing(root)
    }

    /// Whether a key is one that a repository of these settings can have.
    private func isOurs(_ key: String) -> Bool {
        let derivation = self.context.settings.derivation
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "p2", parts[2].hasSuffix(".json"),
            parts[1] == derivation.pluginVendor || parts[1] == derivation.themeVendor
        else { return false }
        var name = parts[2].dropLast(".json".count)
        if name.hasSuffix("~dev") { name = name.dropLast("~dev".count) }
        return PackageName.isValid("\(parts[1])/\(name)")
    }

    // MARK: Mending

    private func guardAgainstDeleting(_ findings: VerifyFindings) throws {
        let percent = self.configuration.maxShrinkPercent
        guard !self.context.options.isForced, findings.extra.count > 10,
            findings.extra.count * 100 > findings.seen.count * percent
        else { return }
        throw GuardRefusal(
            "a repair would delete \(findings.extra.count.grouped) of \(findings.seen.count.grouped) objects, more than "
                + "\(percent)%; nothing was changed. If this database is the right one for the bucket, allow it with "
                + "--max-shrink \(min(100, findings.extra.count * 100 / max(1, findings.seen.count) + 1))"
        )
    }

    /// Stamps objects that are there with the right bytes already, without uploading them again.
    ///
    /// A database that was made anew, or a bucket that was filled by another tool, is recognised by this.
    private func adopt(_ keys: [String]) async throws -> Int {
        guard let run = self.context.run else { return 0 }
        var adopted = 0
        for start in stride(from: 0, to: keys.count, by: 200) {
            let documents = try await self.context.store.claimDirty(
                kind: .document,
                limit: 200,
                run: run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                bucket: self.objects.description,
                paths: Array(keys[start..<min(start + 200, keys.count)])
            )
            let contents = try await self.context.store.contents(documents.compactMap(\.content))
            let equal = Mutex<[Stamp]>([])
            if !documents.isEmpty {
                try await forEachConcurrently(documents, limit: self.context.options.concurrency ?? 32) { document in
                    guard let content = document.content.flatMap({ contents[$0] }) else { return }
                    if let stamp = try await self.stampOfEqual(document, content) {
                        equal.withLock { $0.append(stamp) }
                    }
                }
            }
            let stamps = equal.withLock { $0 }
            _ = try await self.context.store.stampDeployed(stamps, run: run)
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
        return Stamp(path: document.path, claimNumber: document.claimNumber, hash: content.hash, etag: found.etag)
    }

    // MARK: Telling

    private func report(_ findings: VerifyFindings) -> StageOutcome {
        let isFaultless = findings.missing.isEmpty && findings.extra.isEmpty && findings.differing.isEmpty
        return StageOutcome(
            exit: isFaultless ? .done : .failed,
            counters: self.context.counters.snapshot,
            error: isFaultless
                ? nil
                : "\(findings.missing.count.grouped) objects are missing, \(findings.differing.count.grouped) differ and "
                    + "\(findings.extra.count.grouped) should not be there; 'sync verify --repair' mends them",
            notes: self.notes(findings)
        )
    }

    private func notes(_ findings: VerifyFindings) -> [String] {
        var notes = ["\(findings.seen.count.grouped) objects compared with the database"]
        for (name, keys) in findings.byKind where !keys.isEmpty {
            let more = keys.count > Self.shown ? " …" : ""
            notes.append("\(keys.count.grouped) \(name): \(keys.prefix(Self.shown).joined(separator: ", "))\(more)")
        }
        return notes
    }
}
