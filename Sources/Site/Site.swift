import FoundationEssentials
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
package import Store

/// `serve`: the repository over HTTP, straight from the database.
package enum Site {
    /// All routes, and JSON for what is not there or goes wrong.
    package static func router(
        store: Store,
        logger: Logger,
        pages: PageSettings = PageSettings()
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let (reader, requests) = (StateReader(store: store, settings: pages, logger: logger), RequestMetrics())
        router.add(middleware: RequestMetricsMiddleware(requests))
        router.add(middleware: ErrorsAsJSON(logger: logger))
        MetricsRoutes(reader, requests: requests).add(to: router)
        PageRoutes(reader).add(to: router)
        DocumentRoutes(store: store).add(to: router)
        router.get("healthz") { _, _ in Response.json(["status": "ok"]) }
        router.get("packages/list.json") { _, _ in
            Response.json(["packageNames": try await store.packageNames()])
        }
        router.get("metadata/changes.json") { request, _ in
            try await Self.changes(since: request.uri.queryParameters["since"], store: store)
        }
        return router
    }

    /// Packagist's answer for a follower that must read everything anew.
    ///
    /// Positions are ten-thousandths of a second.
    private static func changes(since: Substring?, store: Store) async throws -> Response {
        struct Action: Encodable {
            let package: String
            let time: Int64
            let type: String
        }
        struct Answer: Encodable {
            let actions: [Action]
            let timestamp: Int64
        }
        struct Refusal: Encodable {
            let error: String
            let timestamp: Int64
        }
        let now = try await store.now()
        guard let since, let position = Int64(since), position >= 10_000_000_000_000, position <= now * 10 else {
            let refusal = Refusal(
                error: "Invalid or missing \"since\" query parameter, make sure you store the timestamp (in "
                    + "ten-thousandths of a second) and provide it as since next time.",
                timestamp: now * 10
            )
            return .json(refusal, status: .badRequest)
        }
        return .json(Answer(actions: [Action(package: "*", time: now / 1_000, type: "resync")], timestamp: now * 10))
    }
}

/// What no route answers, and what one throws, as JSON.
private struct ErrorsAsJSON<Context: RequestContext>: RouterMiddleware {
    let logger: Logger

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError where error.status.code < 500 {
            return .problem(
                error.status,
                error.status == .notFound ? "there is nothing here" : error.status.reasonPhrase
            )
        } catch {
            self.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return .problem(.internalServerError, "the server failed; its log says why")
        }
    }
}
