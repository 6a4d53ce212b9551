import Composer
import Facts
import Store
import Upstream

extension UpstreamSource {
    /// What a payload is stored as, with its hash before that is made.
    func stored(_ payload: Payload) -> (hash: ContentHash, blob: () -> Blob) {
        let bytes = PartsFrame.bytes(of: self.parts(of: payload))
        return (ContentHash(of: bytes), { Blob(of: bytes) })
    }

    func payload(of blob: Blob) throws -> Payload {
        try self.payload(of: try PartsFrame.parts(in: try blob.content()))
    }
}

/// Several parts in one blob: a zero byte, and of each part its name, its length and its bytes.
///
/// One part alone is stored as it is.
enum PartsFrame {
    static func bytes(of parts: [PayloadPart]) -> [UInt8] {
        if parts.count == 1 { return parts[0].bytes }
        return parts.reduce(into: [0]) { frame, part in
            frame += Array("\(part.name)\0\(part.bytes.count)\0".utf8) + part.bytes
        }
    }

    /// - Throws: ``StoreError/unexpectedColumn(_:)`` where the bytes are no such frame.
    static func parts(in bytes: [UInt8]) throws -> [PayloadPart] {
        guard bytes.first == 0 else { return [PayloadPart(name: "", bytes: bytes)] }
        var parts: [PayloadPart] = []
        var rest = bytes.dropFirst()
        while !rest.isEmpty {
            let head = rest.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            guard head.count == 3, let count = Int(String(decoding: head[1], as: UTF8.self)), count >= 0,
                count <= head[2].count
            else { throw StoreError.unexpectedColumn("a payload whose parts can't be told apart") }
            let name = String(decoding: head[0], as: UTF8.self)
            parts.append(PayloadPart(name: name, bytes: Array(head[2].prefix(count))))
            rest = head[2].dropFirst(count)
        }
        return parts
    }
}

extension ClaimedPackage {
    /// What the kind is told of it.
    var known: KnownPackage { self.known(with: nil) }

    /// - Parameter stored: Its payload, for kinds that want it.
    func known(with stored: Blob?) -> KnownPackage {
        KnownPackage(
            key: self.key,
            state: self.state,
            closure: self.closure,
            changedRevision: self.changedRevision,
            changedAtMilliseconds: self.changedAtMilliseconds,
            settledRevision: self.settledRevision,
            looks: self.looks,
            facts: self.facts,
            importedFacts: self.importedFacts,
            importedRemovals: self.importedRemovals,
            removedPaths: self.removedPaths,
            // What can't be read is as if it were not there: upstream is asked for all of it.
            parts: stored.flatMap { try? PartsFrame.parts(in: try $0.content()) } ?? []
        )
    }
}
