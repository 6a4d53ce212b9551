import Composer
import Facts
import Resilience
import Store
import Synchronization

/// Finds the archive that a mirror's address means.
///
/// What is known to be in the bucket comes first. Only where that does not settle it, a document is read, few at a time, and
/// what it says of an address is remembered for as long as it is the document.
final class ArchiveFinder: Sendable {
    enum Finding {
        case kept(KeptArchive)
        /// A document names it, and it may be fetched.
        case wanted(ListedArchive, ArchivedPackage)
        case nothing
    }

    /// What documents say of an address.
    private struct Named {
        var archive: ListedArchive
        var package: ArchivedPackage
    }

    private struct Memory {
        var documents: [AskedArchives.Document]
        var named: Named?
    }

    /// About 1 KB each.
    private static let mostRemembered = 10_000

    private let store: Store
    private let origin: (any ArchiveOrigin)?
    private let questions = ConcurrencyLimiter(limit: 8, waiting: 1_024)
    private let readings = ConcurrencyLimiter(limit: 2, waiting: 256)
    private let memory = Mutex<[MirrorPath: Memory]>([:])

    init(store: Store, origin: (any ArchiveOrigin)?) {
        self.store = store
        self.origin = origin
    }

    /// - Throws: `ConcurrencyLimiter.Full` where too much is asked at once.
    func find(_ path: MirrorPath) async throws -> Finding {
        let asked = try await self.questions.withSlot {
            try await self.store.askedArchives(of: path.name, versions: path.versions)
        }
        let known = asked.archives.filter { path.names(version: $0.version, reference: $0.reference, type: $0.type) }
        let kept = Set(known.compactMap(\.live))
        // Where upstream gives checksums, there may be other bytes of the same reference by now.
        if kept.count == 1, let only = kept.first, !known.contains(where: { $0.shasum != nil }) { return .kept(only) }
        if let named = try await self.named(path, asked.documents) {
            let identity = named.archive.archive.identityHash
            if let live = known.first(where: { $0.identity == identity })?.live { return .kept(live) }
            // While upstream is behind its own word, nobody can tell what it would give.
            let isFetchable =
                named.archive.isWanted && (named.package.isSettled || !named.archive.archive.needsConfirmation)
            return isFetchable ? .wanted(named.archive, named.package) : .nothing
        }
        // No document says any more which of several is meant.
        return kept.count == 1 ? kept.first.map(Finding.kept) ?? .nothing : .nothing
    }

    private func named(_ path: MirrorPath, _ documents: [AskedArchives.Document]) async throws -> Named? {
        guard let origin = self.origin, !documents.isEmpty else { return nil }
        if let known = self.memory.withLock({ $0[path] }), known.documents == documents {
            guard var named = known.named else { return nil }
            // What the log says may have changed since.
            guard let package = try await self.store.archivedPackage(named.package.id) else { return nil }
            named.package = package
            return named
        }
        return try await self.readings.withSlot {
            var named: Named?
            for document in documents where named == nil { named = try await self.named(path, in: document, origin) }
            self.remember(Memory(documents: documents, named: named), of: path)
            return named
        }
    }

    private func named(
        _ path: MirrorPath,
        in document: AskedArchives.Document,
        _ origin: any ArchiveOrigin
    ) async throws -> Named? {
        guard let package = try await self.store.archivedPackage(document.packageID), package.name == path.name,
            let content = try await self.store.contents([document.content])[document.content]
        else { return nil }
        return try await self.scan(try content.content(), of: package, for: path, origin)
    }

    @concurrent
    private func scan(
        _ bytes: [UInt8],
        of package: ArchivedPackage,
        for path: MirrorPath,
        _ origin: any ArchiveOrigin
    ) async throws -> Named? {
        try origin.archives(in: bytes, of: package)
            .first { listed in
                let archive = listed.archive
                return path.names(version: archive.version, reference: archive.reference, type: archive.type)
            }
            .map { Named(archive: $0, package: package) }
    }

    private func remember(_ memory: Memory, of path: MirrorPath) {
        self.memory.withLock { known in
            if known.count >= Self.mostRemembered { known.removeAll(keepingCapacity: true) }
            known[path] = memory
        }
    }
}
