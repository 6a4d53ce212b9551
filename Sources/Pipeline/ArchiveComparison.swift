import Archives
import Composer
import Facts
import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import Wire

/// Compares the archives in the bucket with those that the database knows, and has the database follow where that is asked
/// for.
///
/// Nothing in the bucket is ever changed: what is not there is asked for upstream, and what is there and nobody knows of is
/// taken in.
struct ArchiveComparison: Sendable {
    let context: StageContext
    let configuration: VerifyStage.Configuration
    let objects: any ObjectStore
    /// The run that has the database follow; nil where it is only looked.
    let mending: RunID?
    let bucket: BucketMemory.Recognition

    /// How many archives are read at once.
    private var readsAtOnce: Int { min(8, self.context.options.concurrency ?? 8) }

    /// Where this comparison goes on.
    var place: ArchivePlace {
        let mode = "\(self.configuration.isDeep ? "deep" : "") \(self.mending == nil ? "" : "repair")"
        return ArchivePlace(context: self.context, comparison: "\(self.objects.description) \(mode)")
    }

    func compare() async throws -> ArchiveFindings {
        let place = self.place
        if self.configuration.restarts { try await place.forget() }
        var findings = try await place.load()
        let total = try await self.context.store.liveArchiveCount()
        var pages = 0
        // What is read whole is not read twice.
        let pagesAtOnce = self.configuration.isDeep || self.mending != nil ? 1 : self.configuration.pagesAtOnce
        try await self.objects.walk(prefix: ArchiveKey.prefix, from: findings.token) { page in
            // What is read may take long, and what was taken in of it need not be read again.
            for start in stride(from: 0, to: page.objects.count, by: 100) {
                try Task.checkCancellation()
                if Task.isShuttingDownGracefully { throw CancellationError() }
                let objects = page.objects[start..<min(start + 100, page.objects.count)]
                try await self.compare(Array(objects), total, &findings)
            }
            try await self.step(over: page.objects.map(\.key), total, &findings)
            findings.token = page.next
            self.context.progress.advance(by: page.objects.count, metadata: [:])
            pages += 1
            if page.next != nil, pages.isMultiple(of: pagesAtOnce) { try await place.keep(findings) }
        }
        try await self.addMissing(upTo: nil, besides: [], total, &findings)
        try await self.loseFound(&findings)
        try await place.forget()
        return findings
    }

    private enum Verdict {
        case right
        /// The same, under another ETag than the known one.
        case renamed
        case toBeRead
        case unknown
        case foreign
    }

    private func compare(_ listed: [ListedObject], _ total: Int, _ findings: inout ArchiveFindings) async throws {
        let known = try await self.context.store.knownArchives(listed.map(\.key))
        findings.listed += listed.count
        var toBeRead: [(object: ListedObject, sha256: ContentHash)] = []
        var renamed: [(key: String, etag: String)] = []
        for object in listed {
            let archive = known[object.key]
            switch self.verdict(on: object, archive) {
            case .right: break
            case .renamed: renamed.append((object.key, object.etag))
            case .foreign: findings.add(object.key, .foreign)
            case .unknown: findings.add(object.key, .unknown)
            case .toBeRead:
                if archive == nil { findings.add(object.key, .unknown) }
                if let sha256 = archive?.sha256 ?? ArchiveKey(object.key)?.sha256 { toBeRead.append((object, sha256)) }
            }
        }
        let now = toBeRead.isEmpty ? 0 : try await self.context.store.now()
        let found = try await self.read(toBeRead.map(\.object.key))
        var damaged: [String] = []
        for (object, sha256) in toBeRead {
            guard let digests = found[object.key] else { continue }
            if ContentHash(bytes: digests.sha256) != sha256 {
                findings.add(object.key, .damaged)
                if known[object.key]?.isLive == true { damaged.append(object.key) }
            } else if known[object.key]?.isLive == true {
                renamed.append((object.key, object.etag))
            }
        }
        guard let mending else { return }
        try await self.context.store.noteArchives(renamed)
        try await self.lose(damaged, total, &findings)
        try await self.adopt(toBeRead, found, since: now, known, mending, &findings)
    }

    /// Names and sizes tell of most; of the rest the bytes are read, which the key names.
    private func verdict(on object: ListedObject, _ archive: KnownArchive?) -> Verdict {
        guard let archive else {
            guard ArchiveKey(object.key) != nil else { return .foreign }
            return self.configuration.isDeep || self.mending != nil ? .toBeRead : .unknown
        }
        // There is something in the place of what was gone.
        if !archive.isLive || self.configuration.isDeep { return .toBeRead }
        if let size = archive.size, size != object.size { return .toBeRead }
        if object.etag == archive.etag { return .right }
        // Of an upload in parts, or of a store that encrypts, an ETag says nothing of the bytes, and of a copy it is another.
        let tells = !self.bucket.isAnother && Self.mayBeMD5(object.etag) && archive.etag.map(Self.mayBeMD5) ?? false
        return tells || archive.size == nil ? .toBeRead : .renamed
    }

    private static func mayBeMD5(_ etag: String) -> Bool {
        etag.utf8.count == 32 && etag.utf8.allSatisfy { $0.hexadecimalValue != nil }
    }

    /// What the bytes of these archives are; what is not there is left out.
    func read(_ keys: [String]) async throws -> [String: ObjectDigests] {
        guard !keys.isEmpty else { return [:] }
        let found = Mutex<[String: ObjectDigests]>([:])
        try await forEachConcurrently(keys, limit: self.readsAtOnce) { key in
            // What is gone again is found to be missing next time.
            guard let digests = try await self.objects.digests(of: key) else { return }
            self.context.counters.add(.objectsDownloaded)
            found.withLock { $0[key] = digests }
        }
        return found.withLock { $0 }
    }

    private func adopt(
        _ archives: [(object: ListedObject, sha256: ContentHash)],
        _ found: [String: ObjectDigests],
        since: Int64,
        _ known: [String: KnownArchive],
        _ run: RunID,
        _ findings: inout ArchiveFindings
    ) async throws {
        let adopted = archives.compactMap { object, sha256 -> ArchiveObject? in
            guard known[object.key]?.isLive != true, let digests = found[object.key],
                ContentHash(bytes: digests.sha256) == sha256
            else { return nil }
            return ArchiveObject(
                key: object.key,
                sha256: sha256,
                sha1: digests.sha1,
                size: Int64(digests.size),
                etag: object.etag
            )
        }
        do {
            let written = try await self.context.store.adoptArchives(
                adopted,
                bucket: self.bucket.isUnrecorded ? nil : self.objects.description,
                since: since,
                run: run
            )
            findings.adopted += written.new
            findings.returned += written.returned
        } catch StoreError.archivesBeingRemoved {
            throw GuardRefusal("\(StoreError.archivesBeingRemoved). In the bucket nothing was changed")
        }
    }
}
