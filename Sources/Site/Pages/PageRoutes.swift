import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import Store

/// The pages for people, and the Atom feeds.
package struct PageRoutes: Sendable {
    let reader: StateReader

    package init(_ reader: StateReader) { self.reader = reader }

    var store: Store { self.reader.store }
    var settings: PageSettings { self.reader.settings }

    package func add(to router: Router<some RequestContext>) {
        PageAssets.add(to: router)
        router.get("/") { request, _ in
            try await self.page(request) { _ in try await self.status(RepositoryUse(self.settings, request)) }
        }
        router.get("runs") { request, _ in try await self.page(request, self.runs) }
        router.get("runs/:id") { request, context in
            try await self.page(request) { try await self.run(context.parameters.get("id") ?? "", $0) }
        }
        router.get("archives") { request, _ in try await self.page(request, self.archives) }
        router.get("packages") { request, _ in try await self.page(request, self.packages) }
        router.get("packages/:vendor/:name") { request, context in
            try await self.page(request) { _ in
                let parts = ["vendor", "name"].map { SitePath.decoded(context.parameters.get($0) ?? "") }
                return try await self.package(
                    named: parts.joined(separator: "/"),
                    RepositoryUse(self.settings, request)
                )
            }
        }
        router.get("packages/:vendor/:name/versions.atom") { request, context in
            let parts = ["vendor", "name"].map { SitePath.decoded(context.parameters.get($0) ?? "") }
            return try await self.packageFeed(of: parts.joined(separator: "/"), request)
        }
        router.get("who") { request, _ in try await self.page(request, self.sharedNames) }
        router.get("who/:vendor/:name") { request, context in
            try await self.page(request) { _ in
                let parts = ["vendor", "name"].map { SitePath.decoded(context.parameters.get($0) ?? "") }
                return try await self.who(owns: parts.joined(separator: "/"))
            }
        }
        router.get("changes") { request, _ in try await self.page(request, self.changes) }
        router.get("changes.atom") { request, _ in try await self.changesFeed(request) }
        router.get("advisories") { request, _ in try await self.page(request, self.advisories) }
        router.get("advisories.atom") { request, _ in try await self.advisoriesFeed(request) }
    }

    /// Answers with a page, also where there is none or making it fails.
    private func page(
        _ request: Request,
        _ make: (QueryParameters) async throws -> Page
    ) async throws -> Response {
        do {
            let query = QueryParameters(request.uri.query)
            var page = try await make(query)
            page.refresh?.isStopped = query["refresh"] == "off"
            page.refresh?.other = Self.other(than: request)
            return page.response(version: self.settings.version)
        } catch let missing as NothingThere {
            return Self.missing(missing.description, request.uri.path).response(version: self.settings.version)
        } catch let error as StoreError where error.mayPass {
            throw error
        } catch {
            self.reader.logger.error(
                "page failed",
                metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
            )
            let page = Page(
                title: "Something went wrong",
                status: .internalServerError,
                body: """
                    <h1>Something went wrong</h1>
                    <p class="lead">The page could not be made. The log of <code>serve</code> says why.</p>
                    """
            )
            return page.response(version: self.settings.version)
        }
    }

    /// The same page with its refreshing stopped, or going on where it was.
    private static func other(than request: Request) -> String {
        let parameters = (request.uri.query ?? "").split(separator: "&").map(String.init)
        let kept = parameters.filter { $0 != "refresh=off" }
        let query = kept.count < parameters.count ? kept : kept + ["refresh=off"]
        return request.uri.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private static func missing(_ what: String, _ path: String) -> Page {
        Page(
            title: "Not found",
            status: .notFound,
            body: """
                <h1>Not found</h1>
                <p class="lead">\(what)</p>
                \(Self.elsewhere(path))
                """
        )
    }
}

/// There is no page about this.
struct NothingThere: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
