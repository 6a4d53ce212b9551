import Archives
import Composer
import Facts
import Logging
import ObjectStorage
import Resilience
import Store
import Synchronization

/// Gives archives that were found in the bucket to the versions that they belong to.
///
/// A database that was thrown away and filled again knows what upstream lists, and of the archives only what their bytes
/// say. Which version one is of is said by upstream's checksum, where there is one; else by the documents that are in the
/// bucket, which named it with its reference: they are read before others take their place.
struct ArchiveAdoption: Sendable {
    /// What a document has no more bytes than.
    private static let maxBytes = 64 << 20

    let context: StageContext
    let objects: any ObjectStore

    /// - Parameter documents: Keys in the bucket of documents that are not what the database last put there.
    /// - Returns: How many versions got theirs.
    func assign(documents: [String]) async throws -> Int {
        var assigned = 0
        var position = ""
        while true {
            let step = try await self.context.store.assignFoundArchives(after: position, limit: 500)
            assigned += step.versions
            guard let last = step.last else { break }
            position = last
        }
        guard try await self.context.store.hasUnassignedArchives() else { return assigned }
        let announced = Mutex(0)
        // Branches keep upstream's archives.
        let documents = documents.filter { DocumentName(path: $0)?.isDev == false }
        try await forEachConcurrently(documents, limit: 4) { key in
            let archives = try await self.announced(by: key)
            let count = try await self.context.store.adoptAnnounced(archives, ofDocument: key)
            announced.withLock { $0 += count }
        }
        return assigned + announced.withLock { $0 }
    }

    /// Those of these documents that name archives in the bucket: while nobody knows their packages, nobody else can say of
    /// which versions they are.
    func naming(among documents: [String]) async throws -> [String] {
        guard try await self.context.store.hasUnassignedArchives() else { return [] }
        let naming = Mutex<[String]>([])
        try await forEachConcurrently(documents.filter { DocumentName(path: $0)?.isDev == false }, limit: 4) { key in
            let keys = try await self.announced(by: key).map(\.key)
            let known = try await self.context.store.knownArchives(keys)
            if !known.isEmpty { naming.withLock { $0.append(key) } }
        }
        return naming.withLock { $0.sorted() }
    }

    /// The archives of ours that a document in the bucket names; none where it can't be read as one.
    private func announced(by key: String) async throws -> [AnnouncedArchive] {
        guard let name = DocumentName(path: key)?.package,
            let stored = try await self.objects.get(key, maxBytes: Self.maxBytes)?.bytes,
            let bytes = try? Blob.unpacked(stored, maxBytes: Self.maxBytes), let scan = try? DistScan(bytes, of: name)
        else { return [] }
        return scan.versions.compactMap { version in
            guard let normalized = version.normalized, let dist = version.dist, let url = dist.url,
                let type = dist.type,
                let shasum = dist.shasum, let archive = Self.key(in: url)
            else { return nil }
            return AnnouncedArchive(
                version: normalized,
                type: type,
                url: url,
                reference: dist.reference,
                sha1: shasum.lowercased(),
                key: archive.description
            )
        }
    }

    /// The key that an address ends in, wherever the bucket was reached then.
    private static func key(in url: String) -> ArchiveKey? {
        let parts = url.split(separator: "/").suffix(4)
        return ArchiveKey(parts.joined(separator: "/"))
    }
}
