import Foundation
import NIOCore
import NIOPosix

/// One connection on which a client says something, reads, and says more.
struct Conversation {
    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    // Asked by one task at a time; the compiler does not see it, because asking runs elsewhere.
    private nonisolated(unsafe) var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received: [UInt8] = []

    struct Ended: Error {}

    /// - Parameter source: The client's address, such as `127.0.0.2`.
    static func with<Result>(
        port: Int,
        from source: String = "127.0.0.1",
        _ body: (inout Conversation) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: try SocketAddress(ipAddress: source, port: 0))
            .connectTimeout(.seconds(60))
            .connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var conversation = Conversation(
                channel: channel.channel,
                outbound: outbound,
                parts: inbound.makeAsyncIterator()
            )
            return try await body(&conversation)
        }
    }

    func say(_ text: String) async throws { try await self.outbound.write(ByteBuffer(string: text)) }

    /// No more will be said.
    func finish() { self.outbound.finish() }

    /// The next answer.
    ///
    /// - Throws: ``Ended`` when the server has closed.
    mutating func answer(hasBody: Bool = true) async throws -> PlainHTTP.Answer {
        while true {
            var rest = self.received[...]
            if var answer = try? PlainHTTP.head(in: &rest) {
                let length = hasBody ? answer.headers["content-length"].flatMap { Int($0) } ?? 0 : 0
                if rest.count >= length {
                    answer.body = Array(rest.prefix(length))
                    self.received = Array(rest.dropFirst(length))
                    return answer
                }
            }
            guard let part = try await self.parts.next() else { throw Ended() }
            self.received += part.readableBytesView
        }
    }

    /// The body of an answer whose head alone was read.
    mutating func body(of head: PlainHTTP.Answer) async throws -> [UInt8] {
        let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
        while self.received.count < length {
            guard let part = try await self.parts.next() else { throw Ended() }
            self.received += part.readableBytesView
        }
        defer { self.received.removeFirst(length) }
        return Array(self.received.prefix(length))
    }

    /// Waits for the end of the connection, without reading more.
    func closed() async throws { try await self.channel.closeFuture.get() }

    /// Whether the server closes, without another byte.
    mutating func ends() async throws -> Bool {
        let next = try await self.parts.next()
        return self.received.isEmpty && (next?.readableBytes ?? 0) == 0
    }
}
