import HTTPTypes
import Hummingbird

/// Who may read a private repository: anyone who presents one of these.
package struct Credentials: Sendable {
    /// `user:password`.
    package var basic: [String]
    package var bearer: [String]

    package init(basic: [String] = [], bearer: [String] = []) {
        self.basic = basic
        self.bearer = bearer
    }

    package var isEmpty: Bool { self.basic.isEmpty && self.bearer.isEmpty }
}

/// Asks for HTTP basic authentication or a bearer token (RFC 7617, RFC 6750).
///
/// What watches over the server needs none: `/healthz`, `/readyz`, `/metrics`.
struct Authentication<Context: RequestContext>: RouterMiddleware {
    private let readers: KnownReaders

    init(_ readers: KnownReaders) { self.readers = readers }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if RequestTraits.isWatching(request.uri.path) { return try await next(request, context) }
        guard self.readers.contain(request.headers[.authorization]) else { return self.refusal() }
        var response = try await next(request, context)
        // Shared caches must not hand it to others: not even what says nothing of how long it may be kept.
        let caching = response.headers[.cacheControl]?.replacing("public", with: "private") ?? "no-cache"
        let isSaid = caching.contains("private") || caching.contains("no-store")
        response.headers[.cacheControl] = isSaid ? caching : "private, \(caching)"
        let vary = response.headers[.vary].map { "\($0), " } ?? ""
        response.headers[.vary] = "\(vary)Authorization"
        return response
    }

    private func refusal() -> Response {
        var response = Response.problem(
            .unauthorized,
            "this repository is private: give credentials (Composer: auth.json)"
        )
        if self.readers.havePasswords {
            response.headers.append(
                HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"packline\", charset=\"UTF-8\"")
            )
        }
        if self.readers.haveTokens {
            response.headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"packline\""))
        }
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
