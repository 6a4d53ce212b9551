import Archives
import Facts
package import Logging
import ObjectStorage
import Pipeline
package import Resilience
package import Site
package import Store

/// What `serve` gives of archives, and how it comes to them.
package struct ServedArchives: ArchiveOrigin {
    /// At once in memory; what is more goes through files.
    private static let bytesInMemory = 16 << 20

    private let fetching: ArchiveFetching
    private let run: RunID

    /// - Parameter retry: Of requests to upstream.
    /// - Returns: nil where no archives are kept.
    package static func archives(
        _ store: Store,
        _ settings: Settings,
        _ connections: Connections,
        retry: RetryPolicy = RetryPolicy(),
        _ logger: Logger
    ) throws -> Archives? {
        let kept = settings.stages.archives
        guard let fetcher = connections.archives(bytesInMemory: self.bytesInMemory, retry: retry) else { return nil }
        let objects = try connections.objects()
        // A line for each archive that somebody asks for would be too much.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let context = StageContext(
            store: store,
            settings: settings.stages,
            options: StageOptions(),
            run: nil,
            progress: Progress(stage: "serve", total: nil, style: .lines, logger: quiet),
            logger: logger
        )
        var serving = ArchiveServing(objects: objects)
        serving.origin = ServedArchives(
            fetching: ArchiveFetching(context: context, fetcher: fetcher, objects: objects),
            run: serving.run
        )
        serving.redirectURL = settings.delivery.redirectURL
        serving.wait = .seconds(settings.delivery.waitSeconds)
        serving.leaseMilliseconds = settings.stages.leaseMilliseconds
        serving.budgetBytes = kept.budgetBytes
        serving.cache = settings.delivery.cacheFolder.map {
            ArchiveCache(folder: $0, maxBytes: settings.delivery.cacheBytes, logger: logger)
        }
        return Archives(store: store, serving: serving, logger: logger)
    }

    package func archives(in document: [UInt8], of package: ArchivedPackage) throws -> [ListedArchive] {
        try self.fetching.context.settings.askedArchives(in: document, of: package)
    }

    package func fetch(_ claim: ClaimedArchive) async throws { try await self.fetching.bring(claim, run: self.run) }
}
