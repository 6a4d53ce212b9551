import NIOCore

/// Counting what a client was sent and has not taken.
extension ConnectionGuard {
    /// A client that takes this much is not stalled.
    private static let partBytes = 65_536

    /// Writes bytes of an answer in parts, so that it is seen how the client takes them.
    ///
    /// All of them are held in memory until the last part is taken, and count as long.
    func send(
        _ bytes: ByteBuffer,
        _ promise: EventLoopPromise<Void>?,
        _ context: ChannelHandlerContext,
        _ wrap: (ByteBuffer) -> NIOAny
    ) {
        let taken = promise ?? context.eventLoop.makePromise()
        self.allow(bytes: bytes.readableBytes)
        self.owe(bytes.readableBytes, until: taken)
        var rest = bytes
        while rest.readableBytes > Self.partBytes, let part = rest.readSlice(length: Self.partBytes) {
            let partTaken = context.eventLoop.makePromise(of: Void.self)
            partTaken.futureResult.assumeIsolated().whenSuccess { self.lastTaken = .now() }
            context.write(wrap(part), promise: partTaken)
        }
        context.write(wrap(rest), promise: taken)
    }

    func owe(_ bytes: Int, until taken: EventLoopPromise<Void>) {
        guard let client = self.client else { return }
        if self.untaken == 0 { self.lastTaken = .now() }
        self.untaken += bytes
        self.clients.owe(bytes, to: client)
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.untaken -= bytes
            self.lastTaken = .now()
            self.clients.settle(bytes, with: client)
        }
    }
}
