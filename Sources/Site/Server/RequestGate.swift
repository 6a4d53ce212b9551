import HTTPTypes
import Hummingbird
import Synchronization

/// Turns away what is too long, and what comes while too much is at work.
final class RequestGate<Context: RequestContext>: RouterMiddleware {
    private let limits: ServerLimits
    private let atWork = Atomic(0)

    init(_ limits: ServerLimits) { self.limits = limits }

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= self.limits.targetBytes else {
            return .problem(.uriTooLong, "a path with its query has at most \(self.limits.targetBytes) bytes")
        }
        defer { self.atWork.subtract(1, ordering: .relaxed) }
        guard self.atWork.add(1, ordering: .relaxed).newValue <= self.limits.requests else {
            var response = Response.problem(.serviceUnavailable, "too many requests at once; try again")
            response.headers[.retryAfter] = "1"
            return response
        }
        return try await next(request, context)
    }
}
