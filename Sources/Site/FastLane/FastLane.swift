import NIOCore
import Store
import Synchronization

/// Answers requests for documents: on the event loops over a SQLite file that is here, by few questions for many requests
/// over PostgreSQL.
///
/// What it has no answer for is left to ``DocumentRoutes``; a test compares the answers of the two.
final class FastLane: Sendable {
    /// Of a file.
    let known = KnownDocuments<WALState>()
    /// Over PostgreSQL.
    let remotelyKnown = KnownDocuments<PostgresState>()
    let bodies: KnownBodies
    /// nil where everybody may read.
    let readers: KnownReaders?
    let metrics: RequestMetrics
    let serverName: String
    /// nil over a file.
    let remote: PostgresDocuments?
    private let path: String?
    private let fileReaders = PerLoop<SQLiteDocumentReader>()
    private let loopQuestions = PerLoop<LoopQuestions>()

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
        self.remote = store.engine.documents(patience: patience)
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
        return self.fileReaders.value(on: eventLoop) { try? SQLiteDocumentReader(path: path) }
    }

    /// What an event loop, on which this is called, asks PostgreSQL with; nil over a file.
    func questions(on eventLoop: any EventLoop) -> LoopQuestions? {
        guard let remote = self.remote else { return nil }
        return self.loopQuestions.value(on: eventLoop) {
            LoopQuestions(remote, remote.reader(), self.remotelyKnown, self.bodies, eventLoop)
        }
    }
}

/// A value for each event loop, which is used on that loop only.
private final class PerLoop<Value>: Sendable {
    private let values = Mutex<[ObjectIdentifier: NIOLoopBound<Value>]>([:])

    /// - Parameter make: Called where there is none yet; nothing is kept where it gives nothing.
    func value(on eventLoop: any EventLoop, _ make: () -> Value?) -> Value? {
        let id = ObjectIdentifier(eventLoop)
        if let bound = self.values.withLock({ $0[id] }) { return bound.value }
        guard let value = make() else { return nil }
        let bound = NIOLoopBound(value, eventLoop: eventLoop)
        self.values.withLock { $0[id] = bound }
        return value
    }
}
