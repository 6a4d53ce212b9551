/// Bytes of documents, as many as fit.
///
/// What goes to make room is anything. Mirrors ask for one document after the other, and where not all of them fit, what
/// was used least lately is just what is asked for next.
package struct KnownBlobs<Name: Hashable> {
    private let mostBytes: Int
    package private(set) var bytes = 0
    private var places: [Name: Int] = [:]
    private var kept: [(name: Name, blob: Blob)] = []

    /// - Parameter mostBytes: Of all that is kept.
    package init(mostBytes: Int) { self.mostBytes = mostBytes }

    package subscript(name: Name) -> Blob? { self.places[name].map { self.kept[$0].blob } }

    /// Whether bytes would be kept: one large document is not worth many small ones.
    package func admits(_ blob: Blob) -> Bool { blob.bytes.count <= self.mostBytes / 16 }

    package mutating func keep(_ blob: Blob, as name: Name) {
        guard self.places[name] == nil, self.admits(blob) else { return }
        while self.bytes + Self.cost(blob) > self.mostBytes, !self.kept.isEmpty {
            self.remove(at: Int.random(in: self.kept.indices))
        }
        self.places[name] = self.kept.count
        self.kept.append((name, blob))
        self.bytes += Self.cost(blob)
    }

    private mutating func remove(at place: Int) {
        let removed = self.kept[place]
        self.bytes -= Self.cost(removed.blob)
        self.places[removed.name] = nil
        let last = self.kept.removeLast()
        if place < self.kept.count {
            self.kept[place] = last
            self.places[last.name] = place
        }
    }

    /// With what the tables take for it.
    private static func cost(_ blob: Blob) -> Int { blob.bytes.count + 320 }
}
