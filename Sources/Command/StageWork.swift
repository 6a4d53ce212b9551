import Facts
import Pipeline
import Upstream

/// What each stage does in one run, over connections of its own.
enum StageWork {
    static func discover(
        _ settings: Settings,
        _ common: CommonOptions,
        _ configuration: DiscoverStage.Configuration = .init()
    ) -> StageRunner.Work {
        self.asking(
            settings,
            requestsPerSecond: 0,
            concurrency: common.concurrency ?? 4,
            requested: RequestedPace(concurrency: common.concurrency)
        ) { context, client in
            try await DiscoverStage(context: context, configuration: configuration, client: client).run()
        }
    }

    static func update(
        _ settings: Settings,
        _ common: CommonOptions,
        _ pace: PaceOptions,
        _ configuration: UpdateStage.Configuration = .init()
    ) -> StageRunner.Work {
        self.asking(
            settings,
            requestsPerSecond: pace.rate ?? PaceOptions.rate,
            concurrency: common.concurrency ?? 4,
            requested: RequestedPace(requestsPerSecond: pace.rate, concurrency: common.concurrency)
        ) { context, client in
            try await UpdateStage(context: context, configuration: configuration, client: client).run()
        }
    }

    /// Of a stage that asks upstream.
    private static func asking(
        _ settings: Settings,
        requestsPerSecond rate: Double,
        concurrency: Int,
        requested: RequestedPace,
        _ run: @escaping @Sendable (StageContext, UpstreamClient) async throws -> StageOutcome
    ) -> StageRunner.Work {
        { context in
            try await Connections.with(settings, concurrency: concurrency, logger: context.logger) { connections in
                let client = connections.upstream(
                    requestsPerSecond: rate,
                    concurrency: concurrency,
                    requested: requested
                )
                let outcome = try await run(context, client)
                context.counters.set(.requests, client.requestCount)
                return outcome.with(context.counters)
            }
        }
    }

    static func sync(_ settings: Settings, _ common: CommonOptions) -> StageRunner.Work {
        { context in
            try await Connections.with(settings, concurrency: common.transfers, logger: context.logger) { connections in
                let (purger, fetcher) = (connections.purger(), connections.archives())
                let objects = try connections.objects()
                return try await SyncStage(context: context, objects: objects, purger: purger, fetcher: fetcher).run()
            }
        }
    }

    static func verify(_ settings: Settings, _ common: CommonOptions, _ configuration: VerifyStage.Configuration)
        -> StageRunner.Work
    {
        { context in
            try await Connections.with(settings, concurrency: common.transfers, logger: context.logger) { connections in
                let objects = try connections.objects()
                let sync = SyncStage(context: context, objects: objects, purger: connections.purger())
                return try await VerifyStage(
                    context: context,
                    configuration: configuration,
                    objects: objects,
                    sync: sync
                ).run()
            }
        }
    }

    /// - Parameter source: Settings of the bucket that is copied from.
    static func copy(_ settings: Settings, _ source: Settings, _ common: CommonOptions) -> StageRunner.Work {
        { context in
            try await Connections.with(settings, concurrency: common.transfers, logger: context.logger) { connections in
                let objects = try connections.objects()
                return try await Connections.with(source, concurrency: common.transfers, logger: context.logger) {
                    try await CopyStage(context: context, source: $0.objects(), objects: objects).run()
                }
            }
        }
    }

    static func removeArchives(
        _ settings: Settings,
        _ common: CommonOptions,
        _ configuration: RemovalStage.Configuration
    ) -> StageRunner.Work {
        { context in
            try await Connections.with(settings, concurrency: common.transfers, logger: context.logger) { connections in
                try await RemovalStage(
                    context: context,
                    configuration: configuration,
                    objects: connections.objects()
                ).run()
            }
        }
    }
}
