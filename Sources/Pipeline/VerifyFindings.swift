import Store

extension PublishedDocument {
    /// Whether an object with this ETag and this size, in bytes, is the one that was published.
    func agrees(etag: String, size: Int?) -> Bool {
        guard self.content != nil, self.etag == etag else { return false }
        return size.map { self.sizes.isEmpty || self.sizes.contains($0) } ?? true
    }
}

/// Keys, by what is wrong with them.
struct VerifyFindings {
    var startedAtMilliseconds: Int64 = 0
    /// Hashes of the keys of this process: eight bytes each, whatever the keys' lengths.
    var seen: Set<Int> = []
    var missing: [String] = []
    var differing: [String] = []
    var extra: [String] = []
    /// Of somebody else.
    var foreign: [String] = []
    /// To be uploaded or deleted anyway.
    var pending: [String] = []
    /// Those of them whose last try failed, with the ETag of what is there.
    var stuck: [(path: String, etag: String?)] = []
    /// The ETags of what differs.
    var found: [String: String] = [:]

    mutating func addMissing(_ document: PublishedDocument) {
        let isNew = (document.deployedAtMilliseconds ?? 0) >= self.startedAtMilliseconds
        if document.content != nil, !document.isLeased, !isNew { self.missing.append(document.path) }
    }

    /// A repair does not wait until what failed is tried again.
    var repair: Store.Repair {
        var repair = Store.Repair()
        repair.missing = self.missing
        repair.differing = self.differing.map { ($0, self.found[$0]) } + self.stuck
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
