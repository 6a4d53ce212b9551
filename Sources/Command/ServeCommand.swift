import ArgumentParser
import Hummingbird
import Logging
import ObjectStorage
import Pipeline
import ServiceLifecycle
import Site
import Store
import UnixSignals

/// `serve`, and `packline serve`.
struct ServeCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Documents, feed, list, search, pages, metrics and health, until SIGTERM or Ctrl-C; answers that are under way "
                + "then have 20 s.", "'serve status' is 'packline status'.",
        ],
        examples: ["serve", "serve --port 8081", "serve --host 0.0.0.0"],
        refuses: "a flag or setting that is none; a repository that is private without PACKLINE_AUTH_BASIC or "
            + "PACKLINE_AUTH_BEARER",
        exits: [(1, "the address is taken, or the database can't be opened: the message says why")]
    )

    static let configuration = described("serve", "Answer Composer straight from the database.")

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://...", valueName: "url"))
    var database: String?

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8080

    @OptionGroup var logging: LoggingOptions

    mutating func validate() throws {
        if self.host.isEmpty || self.host.contains(where: \.isWhitespace) {
            throw ValidationError("--host is '\(self.host)'; it takes an address such as 0.0.0.0, or a name")
        }
        if !(0...65_535).contains(self.port) {
            throw ValidationError("--port is \(self.port); it takes a number from 0 to 65535")
        }
    }

    func run() async throws {
        var settings = try self.logging.settings(
            self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:],
            isServing: true
        )
        let logger = LoggingOptions.logger("serve", settings)
        do {
            let url = settings.databaseURL
            let store = try await Store.open(url: url, connections: 6, cacheBytes: 4 << 20, logger: logger)
            settings.stages = try await settings.stages.settled(in: store)
            // For those who watch over the server: they wait for nobody.
            let watch = try await Store.open(url: url, connections: 2, cacheBytes: 2 << 20, logger: logger)
            try await Connections.with(
                settings,
                concurrency: 64,
                answers: ArchiveServing.answersAtOnce,
                logger: logger
            ) { [settings] connections in
                let archives = try ServedArchives.archives(store, settings, connections, logger)
                let address = BindAddress.hostname(self.host, port: self.port)
                try await Self.serve(store, watch, archives, at: address, settings, logger)
            }
        } catch {
            let error = ListeningError(error, host: self.host, port: self.port) ?? error
            logger.error("stopped", metadata: ["error": "\(error)"])
            throw StageExit.failed.code
        }
    }

    /// Until SIGTERM; answers that are under way then have 20 s.
    private static func serve(
        _ store: Store,
        _ watch: Store,
        _ archives: Archives?,
        at address: BindAddress,
        _ settings: Settings,
        _ logger: Logger
    ) async throws {
        var configuration = Site.Configuration()
        configuration.pages = PageSettings(settings)
        configuration.archives = archives
        let advisories = settings.stages.advisories
        configuration.advisoryFeeds = advisories.joins ? advisories.joined : nil
        configuration.credentials = Credentials(basic: settings.basicCredentials, bearer: settings.bearerTokens)
        configuration.limits = ServerLimits(memoryBytes: settings.serveMemory.map { $0 << 20 } ?? MemoryLimit.bytes)
        configuration.limits.connections = OpenFiles.connections(
            upTo: configuration.limits.connections,
            // Each may be read from the bucket, and written to the cache meanwhile.
            others: archives == nil ? 0 : 2 * ArchiveServing.answersAtOnce
        )
        configuration.limits.shareAmongClients(connections: settings.serveConnectionsPerClient)
        logger.info(
            "limits",
            metadata: [
                "connections": "\(configuration.limits.connections)",
                "connections_per_client": "\(configuration.limits.connectionsPerClient)",
                "untaken_bytes": "\(configuration.limits.untakenBytes)",
            ]
        )
        let downloads = DownloadCounter(store: store, logger: logger)
        let application = Site.application(
            store: store,
            watch: watch,
            configuration: configuration,
            downloads: downloads,
            address: address,
            logger: logger
        )
        // In this order they start; they stop in the reverse one.
        var services: [any Service] = [downloads, application]
        if let archives { services.insert(archives, at: 0) }
        if settings.stages.bucket == .nowhere {
            services.insert(Publisher(store: store, settings: settings.stages, logger: logger), at: 0)
        }
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = .seconds(20)
        let waits = "answers that are under way have 20 s"
        let isScreen = Terminal.isScreen && settings.logFormat == .text
        let interruption = Interruption(logger, isScreen: isScreen, waits: waits)
        defer { withExtendedLifetime(interruption) {} }
        try await ServiceGroup(configuration: group).run()
    }
}
