import NIOCore
import NIOHTTPTypesHTTP1

/// Puts handlers where they see requests as SwiftNIO's parser gives them, and leaves.
///
/// Hummingbird adds handlers behind its conversion to `HTTPRequest` and `HTTPResponse`, which takes as long as all the
/// rest that a document needs.
final class HandlersAtTheSocket: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let handlers: () -> [any ChannelHandler]

    init(_ handlers: @escaping () -> [any ChannelHandler]) { self.handlers = handlers }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandlers(self.handlers(), position: .before(codec))
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            // Without the guard nobody is served.
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }
}
