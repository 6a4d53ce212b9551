import Store
import Synchronization

/// The documents that were asked for since the last commit to the database, by whichever process.
///
/// Nothing in here can be stale: with the next commit all of it is forgotten.
final class KnownDocuments: Sendable {
    /// About 400 bytes each.
    private static let most = 32_768

    private struct Contents {
        var state: WALState?
        var documents: [String: KnownDocument] = [:]
    }

    private let contents = Mutex(Contents())

    /// - Parameter state: Of the database now; where it can't be told, nothing is known.
    func document(at key: String, in state: WALState?) -> KnownDocument? {
        guard let state else { return nil }
        return self.contents.withLock { $0.state == state ? $0.documents[key] : nil }
    }

    /// - Parameter state: Of the database before the document was read.
    func keep(_ document: KnownDocument, at key: String, in state: WALState?) {
        guard let state else { return }
        self.contents.withLock { contents in
            if contents.state != state || contents.documents.count >= Self.most {
                contents.documents.removeAll(keepingCapacity: true)
                contents.state = state
            }
            contents.documents[key] = document
        }
    }
}
