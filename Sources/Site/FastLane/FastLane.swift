import NIOCore
import Store
import Synchronization

/// Answers requests for documents: on the event loops over a SQLite file that is here, by few questions for many requests
/// over PostgreSQL.
///
/// What it has no answer for is left to ``DocumentRoutes``; a test compares the answers of the two.
final class FastLane: Sendable {
    let known = KnownDocuments()
    /// Of a file's documents; what is kept over PostgreSQL is ``remote``'s.
    let bodies: KnownBodies
    /// nil where everybody may read.
    let readers: KnownReaders?
    let metrics: RequestMetrics
    let serverName: String
    /// nil over a file.
    let remote: PostgresDocuments?
    private let path: String?
    private let fileReaders = Mutex<[ObjectIdentifier: NIOLoopBound<SQLiteDocumentReader>]>([:])

    /// - Parameters:
    ///   - cacheBytes: Of documents that are kept in memory.
    ///   - patience: What a question to PostgreSQL may take.
    init(
        store: Store,
        readers: KnownReaders? = nil,
        metrics: RequestMetrics,
        serverName: String,
        cacheBytes: Int = ServerLimits().documentCacheBytes,
        patience: Duration = PostgresDocuments.usualPatience
    ) {
        self.path = store.engine.localFile
        self.remote = store.engine.documents(cacheBytes: cacheBytes, patience: patience)
        self.remote?.open()
        self.bodies = KnownBodies(mostBytes: cacheBytes)
        self.readers = readers
        self.metrics = metrics
        self.serverName = serverName
    }

    /// What stands in a connection's pipeline, behind its guard, whose deadlines hold for all.
    func handler(for connection: ConnectionGuard) -> any ChannelHandler {
        HotDocuments(lane: self, connection: connection)
    }

    /// The reader of an event loop, on which this is called; nil where the file can't be read, or there is none.
    func reader(on eventLoop: any EventLoop) -> SQLiteDocumentReader? {
        guard let path = self.path else { return nil }
        let id = ObjectIdentifier(eventLoop)
        if let reader = self.fileReaders.withLock({ $0[id] }) { return reader.value }
        guard let reader = try? SQLiteDocumentReader(path: path) else { return nil }
        let bound = NIOLoopBound(reader, eventLoop: eventLoop)
        self.fileReaders.withLock { $0[id] = bound }
        return reader
    }
}
