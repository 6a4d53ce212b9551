import NIOCore
import NIOEmbedded
import Testing

@testable import ObjectStorage

/// What a turn of the event loop writes is sent once, and nothing stays behind.
@Suite struct SingleFlushTests {
    private final class Flushes: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var count = 0

        func flush(context: ChannelHandlerContext) {
            self.count += 1
            context.flush()
        }
    }

    private static func sent(_ channel: EmbeddedChannel) throws -> [String] {
        var all: [String] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { all.append(String(buffer: buffer)) }
        return all
    }

    @Test("the head and the body of a request are flushed together")
    func together() throws {
        let flushes = Flushes()
        let channel = EmbeddedChannel(handlers: [flushes, SingleFlush()])
        for part in ["head", "body"] { channel.writeAndFlush(ByteBuffer(string: part), promise: nil) }
        #expect(flushes.count == 0)
        channel.embeddedEventLoop.run()
        #expect(flushes.count == 1)
        #expect(try Self.sent(channel) == ["head", "body"])
        channel.writeAndFlush(ByteBuffer(string: "next"), promise: nil)
        channel.embeddedEventLoop.run()
        #expect(flushes.count == 2)
        #expect(try Self.sent(channel) == ["next"])
        #expect(try channel.finish().isClean)
    }

    @Test("a connection that is closed has sent what was flushed before")
    func closed() throws {
        let channel = EmbeddedChannel(handlers: [Flushes(), SingleFlush()])
        channel.writeAndFlush(ByteBuffer(string: "last"), promise: nil)
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(try Self.sent(channel) == ["last"])
    }
}
