import Store

extension PublishedDocument {
    /// Whether an object with this ETag and this size, in bytes, is the one that was published.
    func agrees(etag: String, size: Int?) -> Bool {
        guard self.content != nil, self.etag == etag else { return false }
        return size.map { self.sizes.isEmpty || self.sizes.contains($0) } ?? true
    }
}

/// How far a comparison has come, and the keys that it found, by what is wrong with them.
struct VerifyFindings: Codable, Sendable {
    var startedAtMilliseconds: Int64 = 0
    /// Objects that were compared.
    var listed = 0
    /// Up to here, by the bytes of the keys, the database was asked what the bucket lacks.
    var position = ""
    /// Which of the bucket's folders is being listed.
    var folder = 0
    /// Where its listing goes on.
    var token: String?
    /// Whether each key came after those before it: some servers sort by folder.
    var isInOrder = true
    var missing: [String] = []
    var differing: [String] = []
    var extra: [String] = []
    /// Of somebody else.
    var foreign: [String] = []
    /// To be uploaded or deleted anyway.
    var pending: [String] = []
    /// Those of them whose last try failed.
    var stuck: [String] = []
    /// The ETags of what differs or is stuck.
    var found: [String: String] = [:]

    var count: Int { self.byKind.reduce(0) { $0 + $1.keys.count } }

    mutating func addMissing(_ document: PublishedDocument) {
        let isNew = (document.deployedAtMilliseconds ?? 0) >= self.startedAtMilliseconds
        if document.content != nil, !document.isLeased, !isNew { self.missing.append(document.path) }
    }

    /// A repair does not wait until what failed is tried again.
    var repair: Store.Repair {
        var repair = Store.Repair()
        repair.missing = self.missing
        repair.differing = (self.differing + self.stuck).map { ($0, self.found[$0]) }
        repair.strays = self.extra
        return repair
    }

    var byKind: [(name: String, keys: [String])] {
        [
            ("missing", self.missing), ("differing", self.differing), ("extra", self.extra), ("foreign", self.foreign),
            ("pending", self.pending),
        ]
    }
}
