import NIOCore

/// Sends what a turn of the event loop writes to a connection in one piece.
///
/// The client flushes the head of a request, its body and its end, each by itself: two calls of the kernel, two segments,
/// and two wakings of the store for an object that fits into one.
final class SingleFlush: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var context: ChannelHandlerContext?
    private var isPlanned = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.flushPlanned(context)
        self.context = nil
    }

    func flush(context: ChannelHandlerContext) {
        guard !self.isPlanned else { return }
        self.isPlanned = true
        // Runs when all that is to be done now has been done.
        context.eventLoop.assumeIsolated().execute {
            if let context = self.context { self.flushPlanned(context) }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.flushPlanned(context)
        context.close(mode: mode, promise: promise)
    }

    private func flushPlanned(_ context: ChannelHandlerContext) {
        guard self.isPlanned else { return }
        self.isPlanned = false
        context.flush()
    }
}
