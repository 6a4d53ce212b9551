import Store
import Synchronization

/// The documents that were asked for since the last commit to the database, by whichever process.
///
/// Nothing in here can be stale: with the next commit all of it is forgotten.
final class KnownDocuments<State: Equatable & Sendable>: Sendable {
    /// About 400 bytes each.
    private static var most: Int { 32_768 }

    private struct Contents {
        var state: State?
        var documents: [String: KnownDocument] = [:]
    }

    private let contents = Mutex(Contents())

    /// What is known, and of which state.
    func last(at key: String) -> (document: KnownDocument, state: State)? {
        self.contents.withLock { contents in
            guard let state = contents.state, let document = contents.documents[key] else { return nil }
            return (document, state)
        }
    }

    /// - Parameter state: Of the database now; where it can't be told, nothing is known.
    func document(at key: String, in state: State?) -> KnownDocument? {
        guard let state else { return nil }
        return self.contents.withLock { $0.state == state ? $0.documents[key] : nil }
    }

    /// - Parameter state: Of the database before the document was read.
    func keep(_ document: KnownDocument, at key: String, in state: State?) {
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
