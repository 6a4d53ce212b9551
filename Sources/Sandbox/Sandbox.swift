import HTTPTypes
package import Logging
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An offline WordPress.org, Composer repositories and a test S3 store on one port, with faults on request.
package final class Sandbox: Sendable {
    /// May inspect a request, hold it back as long as it likes, and decide that it fails.
    package typealias Hook = @Sendable (Exchange) async -> SandboxVerdict

    package let world: SandboxWorld
    package let objects: SandboxObjects
    /// The Composer repositories, by the first part of their paths.
    package let composer: [String: ComposerMount]
    package let settings: SandboxSettings
    /// Where archives of Composer packages can be, too.
    package let gitHub = GitHubHost()
    package let wordfence = WordfenceHost()

    let logger: Logger
    let counter = RequestCounter()
    let faults = FaultBoard()
    private let store: S3Service
    private let state: Mutex<State>

    private struct State: Sendable {
        var baseURL = "http://127.0.0.1"
        var hook: Hook?
        var sizes: ArchiveSizes
    }

    package init(
        world: SandboxWorld,
        composer: [ComposerMount] = [],
        settings: SandboxSettings = .init(),
        logger: Logger = Logger(label: "packline-sandbox")
    ) {
        self.world = world
        self.composer = Dictionary(composer.map { ($0.name, $0) }) { $1 }
        self.settings = settings
        self.logger = logger
        self.objects = SandboxObjects(records: settings.recordsWrites)
        self.state = Mutex(State(sizes: settings.archiveSizes))
        self.store = S3Service(objects: self.objects, settings: settings)
    }

    /// Requests so far, by route.
    package var statistics: SandboxStatistics { self.counter.statistics }

    package func resetStatistics() { self.counter.reset() }

    /// Returns when nothing is handled any more: clients that went away leave requests behind, which take effect later.
    package func waitUntilIdle() async throws {
        while !self.counter.isIdle { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Sets what is asked before every request (but those of the control API); nil takes it back.
    package func beforeRequest(_ hook: Hook?) { self.state.withLock { $0.hook = hook } }

    /// Makes matching requests go wrong from now on.
    ///
    /// - Returns: What to take it back with.
    @discardableResult
    package func fail(_ fault: SandboxFault) -> Int { self.faults.add(fault) }

    /// Takes back one fault, or all faults and limits.
    package func clearFaults(id: Int? = nil) { self.faults.clear(id: id) }

    /// Answers 429 to what goes beyond `perSecond` matching requests in a second; 0 takes the limit back.
    package func throttle(route: String = "*", perSecond: Int, retryAfterSeconds: Int = 1) {
        self.faults.limit(route: route, perSecond: perSecond, retryAfterSeconds: retryAfterSeconds)
    }

    /// Gives archives whose paths match a pattern a size of their own (bytes); nil takes it back.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` for more than a zip can have.
    package func sizeArchives(_ pattern: String, bytes: Int?) throws(SandboxError) {
        try self.state.withLock { (state: inout State) throws(SandboxError) in
            try state.sizes.give(pattern, bytes: bytes)
        }
    }

    var sizes: ArchiveSizes { self.state.withLock { $0.sizes } }

    var hook: Hook? { self.state.withLock { $0.hook } }

    var baseURL: String {
        get { self.state.withLock { $0.baseURL } }
        set { self.state.withLock { $0.baseURL = newValue } }
    }

    /// The right answer, without any fault.
    func answer(_ exchange: Exchange) -> Reply {
        switch exchange.route {
        case .pluginsListing, .pluginsOptions, .pluginsHead, .pluginsPropfind, .pluginsReport, .pluginsFile:
            return self.subversion(.plugins, mount: RequestClassifier.pluginsMount).reply(to: exchange)
        case .themesListing, .themesOptions, .themesHead, .themesPropfind, .themesReport, .themesFile:
            return self.subversion(.themes, mount: RequestClassifier.themesMount).reply(to: exchange)
        case .pluginsSingle, .pluginsBatch, .pluginsQuery:
            return self.api(.plugins).reply(to: exchange, APIArguments(query: exchange.query))
        case .themesSingle, .themesBatch, .themesQuery:
            return self.api(.themes).reply(to: exchange, APIArguments(query: exchange.query))
        case .pluginArchive, .themeArchive:
            let directory = exchange.route == .pluginArchive ? SandboxDirectory.plugins : .themes
            return DownloadService(world: self.world, directory: directory, sizes: self.sizes).reply(to: exchange)
        case .coreStable, .coreVersion, .coreArchive, .coreChecksum:
            return CoreService(releases: self.world.coreReleases, baseURL: self.baseURL).reply(to: exchange)
        case .composerRoot, .composerDocument, .composerDevDocument, .composerFeed, .composerList, .composerProvider,
            .composerListing, .composerInclude, .composerAdvisories, .composerArchive, .composerOther:
            guard let address = exchange.composer else { return ComposerService.notFound }
            let reply = self.composerService(address.mount).reply(to: exchange, address)
            if reply.status == .notModified { address.mount.traffic.count(\.notModified) }
            return reply
        case .gitHubAPI, .gitHubArchive:
            guard let address = exchange.gitHub else { return ComposerService.notFound }
            let mounts = self.composer.values.sorted { $0.name < $1.name }
            let service = GitHubService(host: self.gitHub, mounts: mounts, baseURL: self.baseURL, sizes: self.sizes)
            return service.reply(to: exchange, address, nowSeconds: Self.nowSeconds)
        case .wordfenceFeed:
            return self.wordfence.reply(to: exchange, nowSeconds: Self.nowSeconds)
        case .s3Put, .s3Get, .s3Head, .s3Delete, .s3List, .s3MultiDelete, .s3HeadBucket, .s3Other, .website:
            return self.store.reply(to: exchange, nowSeconds: Self.nowSeconds)
        case .other:
            return Reply(status: .notFound, contentType: "text/plain", "Not found")
        }
    }

    func composerService(_ mount: ComposerMount) -> ComposerService {
        let gitHubURL = self.settings.gitHubURL ?? self.baseURL + GitHubAddress.apiMount
        return ComposerService(mount: mount, baseURL: self.baseURL, gitHubURL: gitHubURL, sizes: self.sizes)
    }

    private static var nowSeconds: Int64 { Int64(Date().timeIntervalSince1970) }

    private func subversion(_ directory: SandboxDirectory, mount: String) -> SubversionService {
        SubversionService(world: self.world, directory: directory, mount: mount)
    }

    private func api(_ directory: SandboxDirectory) -> DirectoryAPI {
        DirectoryAPI(
            world: self.world,
            directory: directory,
            downloadsURL: self.baseURL,
            themesRefuseSlugs: self.settings.themesRefuseSlugs
        )
    }
}
