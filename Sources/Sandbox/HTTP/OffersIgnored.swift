import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Has a connection go on after a request that offers another protocol, as `curl --http2` does with each.
///
/// SwiftNIO's parser takes such a request for the last one, so another parser takes its place. What a client has sent
/// behind the request at once goes with the old one.
final class OffersIgnored: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private typealias Parser = ByteToMessageHandler<HTTPRequestDecoder>

    private var isOffer = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let request): self.isOffer = request.headerFields.contains(.upgrade)
        case .end where self.isOffer:
            // Behind the parser's own work, which this is part of.
            context.eventLoop.assumeIsolated().execute { self.renewParser(context) }
        default: break
        }
        context.fireChannelRead(data)
    }

    private func renewParser(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self),
            let old = try? pipeline.context(handlerType: Parser.self)
        else { return }
        let isRemoved = context.eventLoop.makePromise(of: Void.self)
        isRemoved.futureResult.assumeIsolated().whenSuccess {
            // At once: no byte comes in between.
            try? pipeline.addHandler(Parser(HTTPRequestDecoder()), position: .after(encoder))
        }
        pipeline.removeHandler(context: old, promise: isRemoved)
    }
}
