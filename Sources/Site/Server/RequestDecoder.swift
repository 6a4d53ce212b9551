import NIOCore
import NIOHTTP1

/// SwiftNIO's parser of requests, for a server that speaks nothing but HTTP/1.1 and answers one client bit by bit.
///
/// SwiftNIO's parser ends with a request that offers to go on in another protocol (`Upgrade: h2c`, as `curl --http2` and
/// Symfony's client send with each request): what follows is taken for that protocol. Here the offer is never accepted
/// (RFC 9110, 7.8: it is ignored), so a new parser takes over behind such a request.
///
/// A client may also send hundreds of requests at once. They stay the few bytes that they are until some of those before
/// them are answered.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// A small step holds few requests, and the next one is only taken when these are few enough.
    private static let stepBytes = 1_024

    /// Whoever sees the requests sets this as the end of one passes that the parser takes for its last.
    var isAtItsEnd = false
    /// While this is true no more requests are taken from what has arrived.
    var isHeld = false

    private let limits: NIOHTTPDecoderLimitConfiguration
    private var parser: HTTPRequestDecoder
    /// Bytes at the beginning of the buffer that the parser has seen already.
    private var seen = 0
    /// What is left of the requests of a client that has sent its last byte.
    private var rest: (buffer: ByteBuffer, context: ChannelHandlerContext)?

    var hasRest: Bool { self.rest != nil }

    init(limits: NIOHTTPDecoderLimitConfiguration) {
        self.limits = limits
        self.parser = HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) { self.parser.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) {
        self.rest = nil
        self.parser.decoderRemoved(context: context)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        try self.decode(context, &buffer) { self.isHeld }
        return .needMoreData
    }

    private func decode(
        _ context: ChannelHandlerContext,
        _ buffer: inout ByteBuffer,
        unless isHeld: () -> Bool
    ) throws {
        while self.seen < buffer.readableBytes, !isHeld() {
            let length = min(buffer.readableBytes, self.seen + Self.stepBytes)
            guard var step = buffer.getSlice(at: buffer.readerIndex, length: length) else { break }
            _ = try self.parser.decode(context: context, buffer: &step)
            buffer.moveReaderIndex(forwardBy: length - step.readableBytes)
            self.seen = step.readableBytes
            if self.isAtItsEnd { self.beginAnew(context) }
        }
    }

    func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        try self.decode(context, &buffer) { self.isHeld }
        if self.isHeld, buffer.readableBytes > 0, seenEOF {
            // Who has sent all may still wait for the answers.
            self.rest = (buffer, context)
            buffer.moveReaderIndex(to: buffer.writerIndex)
            return .needMoreData
        }
        return try self.parser.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    /// Goes on with what a client had sent when it sent its last byte.
    func decodeRest() throws {
        guard let rest = self.rest else { return }
        self.rest = nil
        var buffer = rest.buffer
        _ = try self.decodeLast(context: rest.context, buffer: &buffer, seenEOF: true)
    }

    private func beginAnew(_ context: ChannelHandlerContext) {
        self.parser.decoderRemoved(context: context)
        self.parser = HTTPRequestDecoder(limitConfiguration: self.limits)
        self.parser.decoderAdded(context: context)
        self.seen = 0
        self.isAtItsEnd = false
    }
}
