import Composer
import Facts
import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import Upstream

extension VerifyStage {
    /// Walks through bucket and database in the order of the keys, in step: neither is ever held as a whole.
    func compare() async throws -> VerifyFindings {
        let mode = "\(self.configuration.isDeep ? "deep" : "") \(self.configuration.repairs ? "repair" : "")"
        // What is ours is judged by the patterns: under others, what was found is not what would be.
        let patterns = self.context.settings.sources.flatMap { $0.patterns.isEmpty ? ["*/*"] : $0.patterns }
            .joined(separator: " ")
        let place = VerifyPlace(context: self.context, comparison: "\(self.objects.description) \(mode) \(patterns)")
        if self.configuration.restarts { try await place.forget() }
        var findings = try await place.load() ?? VerifyFindings()
        if findings.startedAtMilliseconds == 0 { findings.startedAtMilliseconds = try await self.context.store.now() }
        var pages = 0
        let folders = try await self.folders()
        while findings.folder < folders.count {
            let begin = findings.token
            try await self.objects.walk(prefix: folders[findings.folder], from: begin) { page in
                try Task.checkCancellation()
                if Task.isShuttingDownGracefully {
                    try await place.keep(findings)
                    throw CancellationError()
                }
                try await self.compare(page.objects, &findings)
                try await self.step(over: page.objects.map(\.key), &findings)
                findings.token = page.next
                self.context.progress.advance(by: page.objects.count, metadata: [:])
                pages += 1
                if page.next != nil, pages.isMultiple(of: self.configuration.pagesAtOnce) {
                    try await place.keep(findings)
                }
            }
            findings.folder += 1
            findings.token = nil
            let next = findings.folder < folders.count ? folders[findings.folder] : nil
            try await self.addMissing(upTo: next, besides: [], &findings)
        }
        for root in Self.roots { try await self.compareRoot(root, &findings) }
        if !findings.isInOrder { findings.missing = try await self.stillMissing(findings.missing) }
        try await place.forget()
        self.context.counters.set(.objectsListed, findings.listed)
        return findings
    }

    /// In the order of the database's keys.
    private func folders() async throws -> [String] {
        let root = TreeFile.rootKey
        // Where there never was a tree, nothing of it is looked for.
        let hasTree = try await self.context.store.published(paths: [root])[root] != nil
        let hasAdvisories = try await self.context.store.published(paths: [AdvisoryDocument.rootPath]).isEmpty == false
        return
            (hasAdvisories || self.context.settings.advisories.mode == .separate
            ? [AdvisoryDocument.folder + DocumentName.folder] : []) + [DocumentName.folder]
            + (hasTree || self.context.settings.hasProviderTree ? [TreeFile.folder + "p/"] : [])
    }

    private static let roots = [
        RootDocument.path, FilterSummary.path, TreeFile.rootKey, AdvisoryDocument.rootPath,
    ]

    /// Adds what the database has between the keys of before and these, and the bucket has not.
    private func step(over keys: [String], _ findings: inout VerifyFindings) async throws {
        func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
        var last = findings.position
        for key in keys {
            if !precedes(last, key) { findings.isInOrder = false }
            if precedes(last, key) { last = key }
        }
        guard last != findings.position else { return }
        try await self.addMissing(upTo: last, besides: Set(keys), &findings)
        findings.position = last
    }

    /// Documents that are live by the database, or could not be brought there, and are not in the bucket.
    ///
    /// What waits for its first upload is not missing yet. Roots, which are in no folder, are looked at by themselves.
    private func addMissing(
        upTo end: String?,
        besides keys: Set<String>,
        _ findings: inout VerifyFindings
    ) async throws {
        while true {
            let documents = try await self.context.store.published(after: findings.position, upTo: end, limit: 1_000)
            guard let last = documents.last else { return }
            for document in documents where !keys.contains(document.path) && !Self.roots.contains(document.path) {
                if document.isSettled || document.hasFailed { findings.addMissing(document) }
            }
            findings.position = last.path
        }
    }

    /// Without a root there is no repository: one that waits for its first upload is missing.
    private func compareRoot(_ key: String, _ findings: inout VerifyFindings) async throws {
        if let root = try await self.objects.head(key) {
            try await self.compare([ListedObject(key: key, etag: root.etag, size: root.size ?? 0)], &findings)
        } else if let root = try await self.context.store.published(paths: [key])[key], root.content != nil {
            findings.addMissing(root)
        }
    }

    /// Where keys come in another order than the database's, one that was not where it should be may come later.
    private func stillMissing(_ keys: [String]) async throws -> [String] {
        guard !keys.isEmpty else { return [] }
        let found = Mutex<Set<String>>([])
        try await forEachConcurrently(keys, limit: self.context.options.concurrency ?? 32) { key in
            if try await self.objects.head(key) != nil { found.withLock { _ = $0.insert(key) } }
        }
        return found.withLock { found in keys.filter { !found.contains($0) } }
    }

    private func compare(_ objects: [ListedObject], _ findings: inout VerifyFindings) async throws {
        let documents = try await self.context.store.published(paths: objects.map(\.key))
        findings.listed += objects.count
        var suspects: [String] = []
        for object in objects {
            guard let document = documents[object.key] else {
                if self.isOurs(object.key) { suspects.append(object.key) } else { findings.foreign.append(object.key) }
                continue
            }
            if !document.isSettled {
                findings.pending.append(object.key)
                if document.hasFailed, !document.isLeased {
                    findings.stuck.append(object.key)
                    findings.found[object.key] = object.etag
                }
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
        self.context.counters.add(.objectsDownloaded)
        return ContentHash(of: found.bytes) == hash || (blob.encoding == .gzip && found.bytes == blob.bytes)
    }

    /// Whether a key is one that a repository of these settings can have.
    private func isOurs(_ key: String) -> Bool {
        let file = TreeFile(key: key)
        if let file, file.isListing { return true }
        let isAdvisory = key.hasPrefix(AdvisoryDocument.folder)
        let path = isAdvisory ? String(key.dropFirst(AdvisoryDocument.folder.count)) : key
        guard let package = DocumentName(path: path)?.package ?? file?.name, PackageName.isValid(package) else {
            return false
        }
        // Where there is a source whose packages can have any name, all documents are this repository's.
        if self.context.settings.sources.contains(where: \.patterns.isEmpty) { return true }
        return self.context.settings.patterns.contains { _, pattern in
            pattern.last == "*" ? package.hasPrefix(pattern.dropLast()) : package == pattern
        }
    }
}
