/// How many archives are in the bucket, and how many are not.
package struct ArchiveCensus: Sendable, Encodable, Equatable {
    /// Different ones that are there, and the bytes that they have together.
    package var stored: Int64 = 0
    package var bytes: Int64 = 0
    /// By source: those that are wanted and not there.
    package var missing: [String: Int] = [:]
    /// Those of them whose last try failed.
    package var failing = 0
    /// Those of these that upstream has said for a day that it does not have.
    package var absent = 0
    /// Those that are there, and are named once a later look upstream has shown nothing new of their packages.
    package var unconfirmed = 0
    /// Different ones that were there once, that `sync verify` found to be gone, and that have not come back.
    package var lost = 0

    package init() {}

    package var allMissing: Int { self.missing.values.reduce(0, +) }

    /// Whether there is anything to be said of archives.
    package var isAny: Bool { self.stored > 0 || !self.missing.isEmpty || self.unconfirmed > 0 || self.lost > 0 }

    /// Whether nothing more is fetched because there are as many bytes as there may be.
    package func isFull(budgetBytes: Int64?) -> Bool { budgetBytes.map { self.bytes >= $0 } ?? false }
}
