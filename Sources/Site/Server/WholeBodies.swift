import Hummingbird
import NIOCore

/// Reads all of a report's or a question's body before anything is done for it: who sends it slowly holds no slot.
///
/// No more of them are in memory than there are connections.
struct WholeBodies<Context: RequestContext>: RouterMiddleware {
    /// Of one body.
    let mostBytes: Int

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let kind = RequestKind(path: request.uri.path)
        guard request.method == .post, kind == .report || kind == .audit else {
            return try await next(request, context)
        }
        var request = request
        do { _ = try await request.collectBody(upTo: self.mostBytes) } catch is NIOTooManyBytesError {
            return .problem(.contentTooLarge, "the body has at most \(self.mostBytes) bytes")
        } catch {
            return .problem(.badRequest, "the body ended before its end")
        }
        return try await next(request, context)
    }
}
