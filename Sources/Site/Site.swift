import Composer
package import Facts
import HTTPTypes
package import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
package import Store

/// `serve`: the repository over HTTP, straight from the database.
package enum Site {
    /// What `serve` is told.
    package struct Configuration: Sendable {
        package var pages = PageSettings()
        /// Who may read; nobody named means everybody.
        package var credentials = Credentials()
        package var limits = ServerLimits()
        /// Archives to give; nil where there are none.
        package var archives: Archives?
        /// Feeds whose advisories are published, in their order; nil where none are.
        package var advisoryFeeds: [SourceName]?

        package init() {}
    }

    /// All routes, and JSON for what is not there or goes wrong.
    ///
    /// - Parameter watch: The same database over other connections, for those who watch over the server: so they need not
    ///   wait for anybody.
    package static func router(
        store: Store,
        watch: Store? = nil,
        configuration: Configuration = Configuration(),
        downloads: DownloadCounter? = nil,
        requests: RequestMetrics = RequestMetrics(),
        logger: Logger
    ) -> Router<BasicRequestContext> {
        let clients = Clients(limits: configuration.limits)
        return self.router(store, watch ?? store, configuration, downloads, requests, clients, logger)
    }

    private static func router(
        _ store: Store,
        _ watch: Store,
        _ configuration: Configuration,
        _ downloads: DownloadCounter?,
        _ requests: RequestMetrics,
        _ clients: Clients,
        _ logger: Logger,
        _ files: SentFiles? = nil
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let pages = configuration.pages
        router.add(middleware: RequestMetricsMiddleware(requests))
        router.add(middleware: PagesForPeople(version: pages.version))
        router.add(middleware: ErrorsAsJSON(logger: logger))
        if let readers = KnownReaders(configuration.credentials) {
            router.add(middleware: Authentication(readers))
        }
        router.add(middleware: WholeBodies(configuration.limits))
        router.add(middleware: Slots(configuration.limits, clients: clients))
        let watching = StateReader(store: watch, settings: pages, logger: logger)
        MetricsRoutes(watching, requests: requests).add(to: router)
        PageRoutes(StateReader(store: store, settings: pages, logger: logger)).add(to: router)
        DocumentRoutes(store: store).add(to: router)
        if let archives = configuration.archives { ArchiveRoutes(archives: archives, files: files).add(to: router) }
        router.get("healthz") { _, _ in Response.json(["status": "ok"]) }
        OpenAPIRoutes.add(to: router)
        FeedRoutes(store: store, settings: pages).add(to: router)
        SearchRoutes(store: store, settings: pages).add(to: router)
        if let feeds = configuration.advisoryFeeds {
            AdvisoryRoutes(
                store: store,
                feeds: feeds,
                repository: pages.publicURL,
                bodyBytes: configuration.limits.bodyBytes
            ).add(to: router)
        }
        if let downloads {
            DownloadRoutes(store: store, counter: downloads, bodyBytes: configuration.limits.bodyBytes).add(to: router)
        }
        return router
    }

    private static let serverName = "packline"

    /// The server over those routes, within its limits.
    package static func application(
        store: Store,
        watch: Store? = nil,
        configuration: Configuration = Configuration(),
        downloads: DownloadCounter? = nil,
        address: BindAddress,
        logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let clients = Clients(limits: configuration.limits)
        let requests = RequestMetrics()
        let files = configuration.archives == nil ? nil : SentFiles()
        let fastLane = FastLane(
            store: store,
            readers: KnownReaders(configuration.credentials),
            metrics: requests,
            serverName: Self.serverName,
            cacheBytes: configuration.limits.documentCacheBytes
        )
        return Application(
            router: Self.router(store, watch ?? store, configuration, downloads, requests, clients, logger, files),
            server: HTTPServerBuilder { responder in
                SiteChannel(
                    responder: files?.givingPlaces(to: responder) ?? responder,
                    limits: configuration.limits,
                    clients: clients,
                    fastLane: fastLane,
                    metrics: requests,
                    files: files
                )
            },
            // Room for many who connect at once: the kernel lets others wait for a second.
            configuration: ApplicationConfiguration(address: address, serverName: Self.serverName, backlog: 4_096),
            onServerRunning: onServerRunning,
            logger: logger
        )
    }
}

/// What no route answers, and what one throws, as JSON.
private struct ErrorsAsJSON<Context: RequestContext>: RouterMiddleware {
    let logger: Logger

    /// What an address takes that does not take the method of a request.
    private static func methods(of request: Request) -> String {
        let path = request.uri.path
        if path == "/downloads" { return "POST" }
        let isAsked = path == "/api/security-advisories" || path == "/api/security-advisories/"
        return isAsked && request.method != .post ? "GET, HEAD, POST" : "GET, HEAD"
    }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError where error.status.code < 500 {
            // No route takes the method: most are for reading.
            if error.status == .notFound, request.method != .get, request.method != .head {
                var response = Response.problem(.methodNotAllowed, "this address does not take \(request.method)")
                response.headers[.allow] = Self.methods(of: request)
                return response
            }
            return .problem(
                error.status,
                error.status == .notFound ? "there is nothing here" : error.status.reasonPhrase
            )
        } catch {
            self.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            // What is here and can't be had now is not gone, as mirrors would take it to be.
            if (error as? StoreError)?.mayPass == true { return .comeAgain("this can't be had now; try again") }
            return .problem(.internalServerError, "the server failed; its log says why")
        }
    }
}
