import ArgumentParser
import Logging
import Sandbox

@main
struct PacklineSandbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packline-sandbox",
        abstract:
            "An offline WordPress.org, Composer repositories and a test S3 store on one port, with faults on request.",
        discussion: """
            Commands go to POST http://HOST:PORT/_sandbox/NAME with a JSON object: commit, add, remove, close, reopen, \
            lag, release-lag, clock, replay-round, fail, clear-faults, throttle, archive-size, reset-stats, forget-writes, \
            empty-store; \
            for a Composer repository ("mount" says which) composer-publish, composer-add, composer-delete (names or a \
            count), composer-lag, composer-release-lag, composer-swap, composer-quirk, composer-feed, composer-mend-feed, \
            composer-listings, composer-clock; github-limit, github-token, github-private, github-delete, github-rename. \
            GET /_sandbox/stats, /_sandbox/writes, /_sandbox/composer, /_sandbox/github and /_sandbox/state show what \
            happened.
            """
    )

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8780

    @Option(help: "Where clients reach it, when that is not http://HOST:PORT.")
    var publicURL: String?

    @OptionGroup(title: "World") var world: WorldOptions

    @OptionGroup(title: "Composer repositories") var composer: ComposerOptions

    @OptionGroup(title: "Archives") var archives: ArchiveOptions

    @Option(help: "Serve only this half: upstream or s3.")
    var only: Half?

    @Option(help: "A bucket whose objects are served at the root of a port of its own, as a website or CDN would.")
    var website: String?

    @Option(help: "The port of that website; 0 takes any free one.")
    var websitePort = 8781

    @Flag(help: "Refuse requests for several themes at once, as one version of the real API does.")
    var themesRefuseSlugs = false

    @Flag(help: "Let the store ignore If-Match and If-None-Match on PUT.")
    var ignoreConditions = false

    @Flag(help: "Let the store answer 501 to If-Match and If-None-Match on PUT.")
    var refuseConditions = false

    @Flag(help: "Compress what upstream answers, for clients that accept gzip.")
    var gzip = false

    @Flag(help: "Let the store take signatures of any time: of clients whose clocks are made to run ahead.")
    var anyTime = false

    @Flag(help: "Do not keep the list of writes to the store: saves memory in benchmarks.")
    var noWriteLog = false

    @Option(help: "Write the port to this file once it is open.")
    var portFile: String?

    @Flag(help: "Print the environment variables that point Packline at the sandbox.")
    var printEnvironment = false

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: Self.level)
    var logLevel = Logger.Level.notice

    enum Half: String, ExpressibleByArgument, CaseIterable { case upstream, s3 }

    func run() async throws {
        var logger = Logger(label: "packline-sandbox")
        logger.logLevel = self.logLevel
        let sandbox = Sandbox(
            world: try self.world.make(),
            composer: try self.composer.mounts(),
            settings: try self.settings(),
            logger: logger
        )
        let websites = self.website.map { [(bucket: $0, port: self.websitePort)] } ?? []
        let announce = Announcement(
            printsEnvironment: self.printEnvironment,
            bucket: self.website ?? "packline",
            portFile: self.portFile
        )
        let server = Task { [host, port, logger] in
            try await sandbox.run(host: host, port: port, websites: websites) { try announce($0, logger) }
        }
        let signals = StopSignals { server.cancel() }
        defer { signals.stop() }
        do {
            try await server.value
        } catch is CancellationError {
            logger.info("stopped")
        }
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError(
                "\(text) is no log level; one of trace, debug, info, notice, warning, error, critical."
            )
        }
        return level
    }

    private func settings() throws -> SandboxSettings {
        var settings = SandboxSettings()
        settings.publicURL = self.publicURL
        settings.servesUpstream = self.only != .s3
        settings.servesStore = self.only != .upstream
        settings.themesRefuseSlugs = self.themesRefuseSlugs
        settings.ignoresConditions = self.ignoreConditions
        settings.checksClock = !self.anyTime
        settings.refusesConditions = self.refuseConditions
        settings.compressesAnswers = self.gzip
        settings.recordsWrites = !self.noWriteLog
        try self.archives.apply(to: &settings)
        return settings
    }
}
