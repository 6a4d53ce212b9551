import Command
import Composer
import Facts
import Foundation
import Logging
import NIOCore
import ObjectStorage
import Pipeline
import Resilience
import Sandbox
import Store
import TestSupport
import Transport
import Upstream
import WordPress

/// The three stages over a sandbox upstream, a database and a bucket, run in this process.
struct Pipeline: Sendable {
    static let bucket = "packline"
    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Enough tries to be retries, too short to be waited for.
    private static let quickRetry = RetryPolicy(maxAttempts: 3, base: .milliseconds(5), cap: .milliseconds(20))

    let sandbox: Sandbox
    let store: Store
    var settings: Settings
    /// Wraps the bucket, to do something in the middle of an upload.
    var wrap: @Sendable (any ObjectStore) -> any ObjectStore = { $0 }
    /// For each request to the bucket, when not as usual.
    var storeTimeout: Duration?
    /// How slowly upstream's bodies may come in.
    var pace = BodyPace()
    /// What has failed is tried again when a test says so, and not because the machine was busy.
    static let failureBackoff = RetryPolicy(base: .seconds(86_400), cap: .seconds(864_000))
    var updating = {
        var configuration = UpdateStage.Configuration()
        configuration.failureBackoff = Self.failureBackoff
        return configuration
    }()
    /// Without the rest of a second that keys are given; its own tests want it.
    var syncing = {
        var configuration = SyncStage.Configuration()
        configuration.rest = .zero
        configuration.failureBackoff = Self.failureBackoff
        return configuration
    }()

    /// Whether `sync` fetches archives: many tests of what becomes of them have made them up.
    var fetchesArchives = false

    /// Changes the settings of the two directories.
    mutating func configure(_ change: (inout DirectorySettings) -> Void) {
        for (index, source) in self.settings.stages.sources.enumerated() {
            guard var source = source as? DirectorySource else { continue }
            change(&source.settings)
            self.settings.stages.sources[index] = source
        }
    }

    var world: SandboxWorld { self.sandbox.world }

    /// Starts a sandbox over `world` and opens an empty database.
    static func with<Result: Sendable>(
        _ database: TestDatabase,
        world: SandboxWorld,
        sandbox settings: SandboxSettings = SandboxSettings(),
        sources: String? = nil,
        _ body: (Pipeline) async throws -> Result
    ) async throws -> Result {
        try await Self.with(database, world: world, sandbox: settings, sources: sources, composer: []) { pipeline, _ in
            try await body(pipeline)
        }
    }

    /// The same with imitated Composer repositories, for whose addresses the sandbox's own is handed on.
    static func with<Result: Sendable>(
        _ database: TestDatabase,
        world: SandboxWorld,
        sandbox settings: SandboxSettings = SandboxSettings(),
        sources: String? = nil,
        composer: [ComposerMount],
        _ body: (Pipeline, SandboxAddress) async throws -> Result
    ) async throws -> Result {
        let sandbox = Sandbox(world: world, composer: composer, settings: settings, logger: Self.logger)
        return try await TestDatabase.inTurn {
            try await sandbox.withRunningServer { address in
                try await database.with { stores in
                    try await body(
                        Pipeline(
                            sandbox: sandbox,
                            store: stores[0],
                            settings: try Self.settings(address, bucket: Self.bucket, sources: sources)
                        ),
                        address
                    )
                }
            }
        }
    }

    static func settings(
        _ address: SandboxAddress,
        bucket: String,
        sources: String? = nil
    ) throws -> Settings {
        var environment = [
            "PACKLINE_BUCKET_URL": "s3://\(bucket)",
            "PACKLINE_S3_ENDPOINT": address.s3Endpoint,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandboxsecret",
            "PACKLINE_WPORG_API_URL": address.api,
            "PACKLINE_WPORG_PLUGINS_SVN_URL": address.pluginsSVN,
            "PACKLINE_WPORG_THEMES_SVN_URL": address.themesSVN,
            "PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL": address.pluginsSVN,
            "PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL": address.themesSVN,
            "PACKLINE_WPORG_DOWNLOADS_URL": address.downloads,
            "PACKLINE_WPORG_CORE_URL": address.core, "PACKLINE_WPORG_PUBLISHED_CORE_URL": address.core,
            // No machine is so slow that one ends by itself.
            "PACKLINE_LEASE_SECONDS": "86400",
        ]
        environment["PACKLINE_SOURCES"] = sources
        return try Settings(environment: environment)
    }

    @discardableResult
    func discover(
        _ configuration: DiscoverStage.Configuration = .init(),
        options: StageOptions = StageOptions()
    ) async throws -> StageOutcome {
        try await self.run(.discover, options) { context, connections in
            let client = connections.upstream(
                requestsPerSecond: 0,
                concurrency: 4,
                retry: Self.quickRetry,
                pace: self.pace
            )
            return try await DiscoverStage(context: context, configuration: configuration, client: client).run()
        }
    }

    @discardableResult
    func update(options: StageOptions = StageOptions()) async throws -> StageOutcome {
        try await self.run(.update, options) { context, connections in
            let client = connections.upstream(
                requestsPerSecond: 0,
                concurrency: 4,
                retry: Self.quickRetry,
                pace: self.pace
            )
            return try await UpdateStage(context: context, configuration: self.updating, client: client).run()
        }
    }

    @discardableResult
    func sync(options: StageOptions = StageOptions()) async throws -> StageOutcome {
        try await self.run(.sync, options) { context, connections in
            try await SyncStage(
                context: context,
                configuration: self.syncing,
                objects: self.objects(connections),
                fetcher: self.fetchesArchives ? connections.archives(retry: Self.quickRetry, pace: self.pace) : nil
            ).run()
        }
    }

    func objects(_ connections: Connections) throws -> any ObjectStore {
        self.wrap(try connections.objects(retry: Self.quickRetry, timeout: self.storeTimeout))
    }

    /// The three stages in a row.
    func round(_ configuration: DiscoverStage.Configuration = .init()) async throws {
        try await self.discover(configuration)
        try await self.update()
        try await self.sync()
    }

    func run(
        _ stage: Stage,
        _ options: StageOptions,
        _ work: (StageContext, Connections) async throws -> StageOutcome
    ) async throws -> StageOutcome {
        let run = options.isDryRun ? nil : try await self.store.beginRun(stage, worker: "test", version: "test")
        let context = StageContext(
            store: self.store,
            settings: self.settings.stages,
            options: options,
            run: run,
            progress: Progress(stage: stage.rawValue, total: nil, style: .lines, logger: Self.logger),
            logger: Self.logger
        )
        let outcome = try await Connections.with(self.settings, concurrency: 16, logger: Self.logger) {
            try await work(context, $0)
        }
        if let run {
            try await self.store.finishRun(
                run,
                as: outcome.exit.status,
                consumed: Array(outcome.consumed),
                counters: outcome.counters,
                error: outcome.error
            )
        }
        return outcome
    }

    // MARK: What is there

    /// Every object of the bucket.
    func bucket(_ name: String = Pipeline.bucket) -> [String: [UInt8]] {
        let objects = self.sandbox.objects
        return Dictionary(
            uniqueKeysWithValues: objects.keys(bucket: name).map { key in
                (key, Array((objects.object(bucket: name, key: key)?.bytes.readableBytesView).map(Array.init) ?? []))
            }
        )
    }

    func text(_ key: String) -> String? { self.bucket()[key].map { String(decoding: $0, as: UTF8.self) } }

    /// The versions of a package in the bucket; nil when it has no document there.
    func versions(_ name: String, isDev: Bool = false) throws -> [String]? {
        guard let bytes = self.bucket()["p2/\(name)\(isDev ? "~dev" : "").json"] else { return nil }
        let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let packages = document?["packages"] as? [String: [[String: Any]]]
        return packages?[name]?.compactMap { $0["version"] as? String }
    }

    /// All rows of all tables but the runs', as text.
    func rows() async throws -> [String: [String]] {
        let tables = ["settings", "sources", "blobs", "packages", "log_facts", "objects"]
        var rows: [String: [String]] = [:]
        for table in tables {
            rows[table] = try await self.store.engine.read { session in
                try session.rows(SQLStatement(unsafe: "SELECT * FROM \(table)")).map { "\($0.values)" }.sorted()
            }
        }
        return rows
    }

    /// As if the period of the regular look had passed: everything is due, nothing is doubted for hours.
    func makeEverythingDue() async throws { _ = try await self.store.makeDue(ids: nil) }

    /// A person has looked at what is held, and believes it.
    @discardableResult
    func confirmWithdrawals() async throws -> StageOutcome {
        var pipeline = self
        var outcome = StageOutcome()
        for source in self.settings.stages.sources {
            let held = try await self.store.pipelineState().sources
            guard held.contains(where: { $0.name == source.name.rawValue && $0.held > 0 }) else { continue }
            pipeline.updating.confirmed = source.name
            outcome = try await pipeline.update()
        }
        return outcome
    }

    /// The regular looks come round, as often as it takes: what upstream says is gone is asked about until it is
    /// believed, and where that is much a person confirms it.
    func settle() async throws {
        for _ in 1...4 {
            try await self.makeEverythingDue()
            try await self.discover()
            try await self.update()
            try await self.confirmWithdrawals()
            try await self.sync()
        }
    }

    /// As if the time of all leases had passed.
    func endLeases() async throws {
        _ = try await self.store.engine.write { session in
            for table in ["package_leases", "object_leases"] {
                let update = SQLStatement(unsafe: "UPDATE \(table)")
                try session.execute("\(update) SET until_ms = 1 WHERE until_ms > 1")
            }
            for table in ["sources", "archives"] {
                let update = SQLStatement(unsafe: "UPDATE \(table)")
                try session.execute("\(update) SET lease_until_ms = 1 WHERE lease_until_ms > 1")
            }
        }
    }
}

extension UpdateStage.Configuration {
    /// Believes at once whatever upstream says is gone, however much that is: for tests in which much has to be deleted.
    static var credulous: Self {
        var configuration = Self()
        configuration.doubts.looksBeforeClosed = 0
        configuration.doubts.looksBeforeGone = 0
        configuration.withdrawals.packages = .max / 2
        return configuration
    }
}
