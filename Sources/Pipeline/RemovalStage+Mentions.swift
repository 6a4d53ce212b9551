import Composer
import ObjectStorage
import Resilience
import Store
import Synchronization

extension RemovalStage {
    private static let maxDocumentBytes = 64 << 20

    /// Those of these archives that a document in the bucket names, or one that is on its way there.
    func named(among archives: [RemovableArchive]) async throws -> Set<ContentHash> {
        guard !archives.isEmpty else { return [] }
        let wanted = Set(archives.map(\.sha256))
        let named = Mutex<Set<ContentHash>>([])
        @Sendable func look(_ bytes: [UInt8]) {
            ArchiveMentions.each(in: bytes) { hash in
                if wanted.contains(hash) { named.withLock { _ = $0.insert(hash) } }
            }
        }
        for folder in [DocumentName.folder, TreeFile.folder] {
            try await self.objects.walk(prefix: folder) { page in
                try await forEachConcurrently(page.objects.map(\.key), limit: 16) { key in
                    try Task.checkCancellation()
                    guard let stored = try await self.objects.get(key, maxBytes: Self.maxDocumentBytes) else { return }
                    guard let bytes = try? Blob.unpacked(stored.bytes, maxBytes: Self.maxDocumentBytes) else {
                        throw GuardRefusal(
                            "\(key) in \(self.objects.description) can't be unpacked, and may name archives: have "
                                + "'sync verify --deep --repair' mend it first"
                        )
                    }
                    look(bytes)
                }
                if self.context.run != nil { try await self.goOn() }
            }
        }
        try await self.context.store.eachDocument { look($0) }
        return named.withLock { $0 }
    }
}
