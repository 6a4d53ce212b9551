import Hummingbird
import NIOCore
import Synchronization

/// Reads all of a report's or a question's body before anything is done for it: who sends it slowly holds no slot.
struct WholeBodies<Context: RequestContext>: RouterMiddleware {
    /// Of one body.
    private let mostBytes: Int
    /// Bytes that more may be read of.
    private let room: BodyRoom

    init(_ limits: ServerLimits) {
        self.mostBytes = limits.bodyBytes
        self.room = BodyRoom(bytes: limits.wholeBodyBytes)
    }

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
        var body = ByteBuffer()
        // What has come, and not what was announced: who sends nothing takes nothing.
        defer { self.room.giveBack(body.readableBytes) }
        do {
            for try await part in request.body {
                guard body.readableBytes + part.readableBytes <= self.mostBytes else {
                    return .problem(.contentTooLarge, "the body has at most \(self.mostBytes) bytes")
                }
                guard self.room.take(part.readableBytes) else {
                    return .comeAgain("too many bodies are being sent at once; try again")
                }
                body.writeImmutableBuffer(part)
            }
        } catch {
            return .problem(.badRequest, "the body ended before its end")
        }
        var request = request
        request.body = RequestBody(buffer: body)
        return try await next(request, context)
    }
}

/// Bytes that bodies may have together.
private final class BodyRoom: Sendable {
    private let free: Mutex<Int>

    init(bytes: Int) { self.free = Mutex(bytes) }

    func take(_ bytes: Int) -> Bool {
        self.free.withLock { free in
            guard free >= bytes else { return false }
            free -= bytes
            return true
        }
    }

    func giveBack(_ bytes: Int) { self.free.withLock { $0 += bytes } }
}
