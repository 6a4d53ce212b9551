import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// Connections of `serve`: bytes, SwiftNIO's requests and answers, ours to guard and answer, and Hummingbird behind.
struct SiteChannel: HTTPChannelHandler {
    /// A connection that Hummingbird will serve.
    ///
    /// One that comes while the server stops may be dropped instead. SwiftNIO ends the process when it finds that nobody
    /// ended such a connection ("Deinited NIOAsyncWriter without calling finish()", swift-nio issue 2637), so it is ended
    /// here then.
    final class Accepted: ServerChildChannelValue {
        private let connection: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        private let isServed = Atomic(false)

        var channel: any Channel { self.connection.channel }

        init(_ connection: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>) { self.connection = connection }

        /// Who calls this ends the connection.
        func serve() -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
            self.isServed.store(true, ordering: .relaxed)
            return self.connection
        }

        deinit {
            if self.isServed.load(ordering: .relaxed) { return }
            Task { [connection] in try? await connection.executeThenClose { _, _ in } }
        }
    }

    /// TCP_NOTSENT_LOWAT, which NIOCore does not name.
    private static let unsentLowWaterMark = NIOBSDSocket.Option(rawValue: 25)

    let responder: HTTPChannelHandler.Responder
    let limits: ServerLimits
    let clients: Clients
    let fastLane: FastLane?
    let metrics: RequestMetrics
    let files: SentFiles?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Accepted> {
        channel.eventLoop.makeCompletedFuture {
            try self.bound(channel)
            var decoderLimits = NIOHTTPDecoderLimitConfiguration()
            decoderLimits.maxHeaderFieldSize = self.limits.headerFieldBytes
            decoderLimits.maxHeaderListSize = self.limits.headerBytes
            decoderLimits.maxHeaderFieldCount = self.limits.headerFields
            let decoder = RequestDecoder(limits: decoderLimits)
            let connection = ConnectionGuard(
                limits: self.limits,
                clients: self.clients,
                decoder: decoder,
                metrics: self.metrics,
                files: self.files
            )
            var handlers: [any ChannelHandler] = [
                HTTPResponseEncoder(), ByteToMessageHandler(decoder), connection,
            ]
            if let fastLane = self.fastLane { handlers.append(fastLane.handler(for: connection)) }
            handlers += [HTTP1ToHTTPServerCodec(secure: false), HTTPConnectionStateHandler(logger: logger)]
            try channel.pipeline.syncOperations.addHandlers(handlers)
            return Accepted(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(isOutboundHalfClosureEnabled: true)
                )
            )
        }
    }

    /// Little is kept for a client, by this process and by the kernel.
    private func bound(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        // What the kernel took of a client that has sent its last byte is read at once, whatever the number of requests.
        try options.setOption(ChannelOptions.socketOption(.so_rcvbuf), value: 32_768)
        try options.setOption(.maxMessagesPerRead, value: 1)
        let reads = AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 1_024, maximum: 4_096)
        try options.setOption(.recvAllocator, value: reads)
        try options.setOption(.writeBufferWaterMark, value: .init(low: 8_192, high: 32_768))
        // Unsent bytes beyond this are not taken by the kernel, however large its buffers may grow; only Linux and macOS
        // know it, and for some kinds of sockets it has no meaning.
        #if os(Linux)
            try? options.setOption(ChannelOptions.tcpOption(Self.unsentLowWaterMark), value: 65_536)
        #endif
    }

    func handle(value: Accepted, logger: Logger) async {
        await self.handleHTTP(asyncChannel: value.serve(), logger: logger)
    }
}
