/// How far a comparison of archives has come, and what it found; of each kind the first keys only, because there may be
/// millions.
struct ArchiveFindings: Codable, Sendable {
    enum Kind: String, Codable, CaseIterable {
        /// Not in the bucket, or just found not to be.
        case missing
        /// Other bytes than the key promises.
        case damaged
        /// The bytes are right as far as they were looked at, and the database knows nothing of them.
        case unknown
        /// Below `dist/`, and not called as an archive is.
        case foreign
    }

    /// The most keys of each kind that are kept.
    static let shown = 10

    var startedAtMilliseconds: Int64 = 0
    /// When this was kept, by the database's clock.
    var keptAtMilliseconds: Int64 = 0
    /// Objects that were compared.
    var listed = 0
    /// Up to here, by the bytes of the keys, the database was asked what the bucket lacks.
    var position = ""
    /// Where the listing goes on.
    var token: String?
    var counts: [Kind: Int] = [:]
    var first: [Kind: [String]] = [:]
    /// Keys of archives that a repair is to take out of documents; never more than it may.
    var toLose: [String] = []
    /// Archives that a repair has taken out of documents.
    var lost = 0
    /// That it has taken in, and those of them that had been lost before.
    var adopted = 0
    var returned = 0

    subscript(kind: Kind) -> Int { self.counts[kind, default: 0] }

    mutating func add(_ key: String, _ kind: Kind) {
        self.counts[kind, default: 0] += 1
        if self.first[kind, default: []].count < Self.shown { self.first[kind, default: []].append(key) }
    }

    var notes: [String] {
        var notes: [String] = []
        if self.listed > 0 { notes.append("\(self.listed.counted("archive")) compared with the database") }
        for kind in Kind.allCases where self[kind] > 0 {
            let more = self[kind] > Self.shown ? " …" : ""
            let keys = self.first[kind, default: []].joined(separator: ", ")
            notes.append("\(self[kind].counted("\(kind.rawValue) archive")): \(keys)\(more)")
        }
        return notes
    }
}
