import NIOCore
import NIOHTTP1

/// Answers whose body is a file.
extension ConnectionGuard {
    /// A client that takes this much is not stalled.
    private static let partBytes = 262_144

    /// What goes out in the place of a part of an answer.
    func withoutFile(_ part: HTTPServerResponsePart) -> HTTPServerResponsePart {
        guard let files, case .head(var head) = part else { return part }
        guard let name = head.headers.first(name: SentFiles.fieldName) else { return part }
        head.headers.remove(name: SentFiles.fieldName)
        self.file = files.take(name)
        return .head(head)
    }

    /// Writes a file in parts, none of which takes up memory, so that it is seen how the client takes them.
    func send(_ file: SentFile, _ context: ChannelHandlerContext) {
        self.allow(bytes: file.range.count)
        var start = file.range.lowerBound
        while start < file.range.upperBound {
            let end = min(start + Self.partBytes, file.range.upperBound)
            let region = FileRegion(fileHandle: file.handle, readerIndex: start, endIndex: end)
            let taken = context.eventLoop.makePromise(of: Void.self)
            if end == file.range.upperBound {
                // Whoever owes something is watched. The file stays open as long.
                self.owe(1, until: taken)
                taken.futureResult.assumeIsolated().whenComplete { _ in withExtendedLifetime(file) {} }
            } else {
                taken.futureResult.assumeIsolated().whenSuccess { self.lastTaken = .now() }
            }
            context.write(self.wrapOutboundOut(.body(.fileRegion(region))), promise: taken)
            start = end
        }
    }
}
