import Composer
import Store

/// Bytes of documents, as many as fit.
///
/// What goes to make room is anything. Mirrors ask for one document after the other, and where not all of them fit, what
/// was used least lately is just what is asked for next.
struct KnownBlobs {
    private let mostBytes: Int
    private(set) var bytes = 0
    private var places: [ContentHash: Int] = [:]
    private var kept: [Blob] = []

    /// - Parameter mostBytes: Of all that is kept.
    init(mostBytes: Int) { self.mostBytes = mostBytes }

    subscript(hash: ContentHash) -> Blob? { self.places[hash].map { self.kept[$0] } }

    /// Whether bytes would be kept: one large document is not worth many small ones.
    func admits(_ blob: Blob) -> Bool { blob.bytes.count <= self.mostBytes / 16 }

    mutating func keep(_ blob: Blob) {
        guard self.places[blob.hash] == nil, self.admits(blob) else { return }
        while self.bytes + Self.cost(blob) > self.mostBytes, !self.kept.isEmpty {
            self.remove(at: Int.random(in: self.kept.indices))
        }
        self.places[blob.hash] = self.kept.count
        self.kept.append(blob)
        self.bytes += Self.cost(blob)
    }

    private mutating func remove(at place: Int) {
        let removed = self.kept[place]
        self.bytes -= Self.cost(removed)
        self.places[removed.hash] = nil
        let last = self.kept.removeLast()
        if place < self.kept.count {
            self.kept[place] = last
            self.places[last.hash] = place
        }
    }

    /// With what the tables take for it.
    private static func cost(_ blob: Blob) -> Int { blob.bytes.count + 320 }
}
