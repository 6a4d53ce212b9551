import NIOCore
import Store
import Synchronization

/// Answers most requests for documents on the event loops, over a SQLite file that is here; a test compares its answers
/// with those of ``DocumentRoutes``, which has all others, and all of them where there is no fast lane.
final class FastLane: Sendable {
    let known = KnownDocuments()
    let metrics: RequestMetrics
    let serverName: String
    private let path: String
    private let readers = Mutex<[ObjectIdentifier: NIOLoopBound<SQLiteDocumentReader>]>([:])

    /// - Returns: nil over a database that has to be asked over a network.
    init?(store: Store, metrics: RequestMetrics, serverName: String) {
        guard let path = store.engine.localFile else { return nil }
        self.path = path
        self.metrics = metrics
        self.serverName = serverName
    }

    /// What stands in a connection's pipeline, behind its guard, whose deadlines hold for all.
    func handler(for connection: ConnectionGuard) -> any ChannelHandler {
        HotDocuments(lane: self, connection: connection)
    }

    /// The reader of an event loop, on which this is called; nil where the file can't be read.
    func reader(on eventLoop: any EventLoop) -> SQLiteDocumentReader? {
        let id = ObjectIdentifier(eventLoop)
        if let reader = self.readers.withLock({ $0[id] }) { return reader.value }
        guard let reader = try? SQLiteDocumentReader(path: self.path) else { return nil }
        let bound = NIOLoopBound(reader, eventLoop: eventLoop)
        self.readers.withLock { $0[id] = bound }
        return reader
    }
}
