import NIOCore

/// Answers `Expect: 100-continue`, which the server does not do by itself.
///
/// The AWS clients wait a second for it with every upload. Sits at the head of the pipeline just long enough to write
/// past the HTTP encoder.
final class ContinueWriter: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static func write(to channel: any Channel) async throws {
        try await channel.eventLoop.submit {
            let writer = ContinueWriter()
            try channel.pipeline.syncOperations.addHandler(writer, position: .first)
            let context = try channel.pipeline.syncOperations.context(handler: writer)
            let line = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
            context.writeAndFlush(writer.wrapOutboundOut(line), promise: nil)
            channel.pipeline.syncOperations.removeHandler(writer, promise: nil)
        }.get()
    }
}
