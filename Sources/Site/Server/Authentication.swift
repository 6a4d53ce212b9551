import Composer
import FoundationEssentials
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
    private let basic: [[UInt8]]
    private let bearer: [[UInt8]]

    init(_ credentials: Credentials) {
        self.basic = credentials.basic.map { ContentHash(of: Array($0.utf8)).bytes }
        self.bearer = credentials.bearer.map { ContentHash(of: Array($0.utf8)).bytes }
    }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if RequestTraits.isWatching(request.uri.path) { return try await next(request, context) }
        guard self.isKnown(request.headers[.authorization]) else { return self.refusal() }
        var response = try await next(request, context)
        // Shared caches must not hand it to others.
        if let caching = response.headers[.cacheControl] {
            response.headers[.cacheControl] = caching.replacing("public", with: "private")
        }
        let vary = response.headers[.vary].map { "\($0), " } ?? ""
        response.headers[.vary] = "\(vary)Authorization"
        return response
    }

    private func isKnown(_ authorization: String?) -> Bool {
        let words = (authorization ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return false }
        switch words[0].lowercased() {
        case "basic": return Data(base64Encoded: words[1]).map { Self.isAny(of: self.basic, Array($0)) } ?? false
        case "bearer": return Self.isAny(of: self.bearer, Array(words[1].utf8))
        default: return false
        }
    }

    /// In a time that says nothing about the secrets: digests of equal length are compared, all of them, to the end.
    private static func isAny(of digests: [[UInt8]], _ secret: [UInt8]) -> Bool {
        let digest = ContentHash(of: secret).bytes
        var isAny: UInt8 = 0
        for known in digests {
            let difference = zip(known, digest).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) }
            // 1 where there is no difference.
            isAny |= UInt8(truncatingIfNeeded: (UInt16(difference) &- 1) >> 8) & 1
        }
        return isAny == 1
    }

    private func refusal() -> Response {
        var response = Response.problem(
            .unauthorized,
            "this repository is private: give credentials (Composer: auth.json)"
        )
        if !self.basic.isEmpty {
            response.headers.append(
                HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"packline\", charset=\"UTF-8\"")
            )
        }
        if !self.bearer.isEmpty {
            response.headers.append(HTTPField(name: .wwwAuthenticate, value: "Bearer realm=\"packline\""))
        }
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
