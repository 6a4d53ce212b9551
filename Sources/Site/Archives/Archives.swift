import Composer
import Crypto
package import Logging
import NIOCore
import ObjectStorage
import ServiceLifecycle
package import Store
import Synchronization
import Wire

/// Archives that `serve` has to give: what is asked for is found, fetched where that is to be, and read.
package final class Archives: Service {
    /// What was to be sent is not what its key promises; the client gets less than all of it.
    struct Damaged: Error {
        var key: String
    }

    package let serving: ArchiveServing
    private let store: Store
    private let finder: ArchiveFinder
    private let fetches: ArchiveFetches?
    private let logger: Logger
    private let answers = Atomic(0)

    /// - Parameter clock: Measures how long clients wait.
    package init(
        store: Store,
        serving: ArchiveServing,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.store = store
        self.serving = serving
        self.logger = logger
        self.finder = ArchiveFinder(store: store, origin: serving.origin)
        self.fetches = serving.origin.map {
            ArchiveFetches(store: store, origin: $0, serving: serving, clock: clock, logger: logger)
        }
    }

    /// Until the shutdown; then what is being fetched is let go of.
    package func run() async throws {
        try? await gracefulShutdown()
        await self.stop()
    }

    /// Nothing is fetched any more.
    package func stop() async { await self.fetches?.stop() }

    /// - Returns: nil where there is none, or none yet.
    func archive(at path: MirrorPath) async throws -> KeptArchive? {
        switch try await self.finder.find(path) {
        case .kept(let kept): return kept
        case .nothing: return nil
        case .wanted(let listed, let package):
            guard let fetches else { return nil }
            await fetches.fetch(listed, of: package)
            // Others may have fetched it, and what was fetched may have to be confirmed.
            if case .kept(let kept) = try await self.finder.find(path) { return kept }
            return nil
        }
    }

    func kept(at key: String) async throws -> KeptArchive? { try await self.store.keptArchive(at: key) }

    /// Where the file is that has its bytes; nil where there is none here.
    func localPath(of kept: KeptArchive) -> String? {
        self.serving.objects.localPath(of: kept.key) ?? self.serving.cache?.path(of: kept)
    }

    /// Whether the bucket has it now, as large as it should be.
    func isThere(_ kept: KeptArchive) async -> Bool {
        do {
            guard let version = try await self.serving.objects.head(kept.key) else { throw Damaged(key: kept.key) }
            return version.size.map { Int64($0) == kept.size } ?? true
        } catch {
            self.logger.error(
                "an archive is not to be had of the bucket: clients go to upstream",
                metadata: ["key": "\(kept.key)", "error": "\(error)"]
            )
            return false
        }
    }

    /// Hands the bytes to `piece`, none before the one before was taken.
    ///
    /// - Throws: ``Damaged`` before the last piece where the whole is not what its key promises.
    @concurrent
    func read(
        _ kept: KeptArchive,
        _ part: Range<Int64>?,
        _ piece: @concurrent (ByteBuffer) async throws -> Void
    ) async throws {
        guard part == nil else {
            guard try await self.serving.objects.read(kept.key, range: part, piece) else {
                throw Damaged(key: kept.key)
            }
            return
        }
        let copy = await self.serving.cache?.begin(kept)
        var hash = SHA256()
        var held: ByteBuffer?
        do {
            let isThere = try await self.serving.objects.read(kept.key, range: nil) { bytes in
                hash.update(data: bytes.readableBytesView)
                await copy?.write(bytes)
                if let held { try await piece(held) }
                held = bytes
            }
            guard isThere, ContentHash(bytes: Array(hash.finalize())) == kept.content else {
                throw Damaged(key: kept.key)
            }
        } catch {
            await copy?.drop()
            self.logger.error("an archive can't be sent", metadata: ["key": "\(kept.key)", "error": "\(error)"])
            throw error
        }
        await copy?.finish()
        if let held { try await piece(held) }
    }

    /// A place among the answers that are being sent.
    final class Turn: Sendable {
        private let archives: Archives

        fileprivate init(_ archives: Archives) { self.archives = archives }

        deinit { self.archives.answers.subtract(1, ordering: .relaxed) }
    }

    /// - Returns: nil where there are as many as there may be; one that is let go of is free again.
    func turn() -> Turn? {
        let turn = Turn(self)
        return self.answers.add(1, ordering: .relaxed).oldValue < self.serving.answersAtOnce ? turn : nil
    }
}
