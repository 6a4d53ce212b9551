package import Facts
package import ObjectStorage

/// How archives are answered.
package struct ArchiveServing: Sendable {
    /// The bucket that they are in.
    package var objects: any ObjectStore
    /// Where they come from; nil where none is fetched because somebody asks for it.
    package var origin: (any ArchiveOrigin)?
    /// In whose name they are claimed: a number that no run and no other process has.
    package var run: RunID
    /// What the keys of the bucket are below, for clients that are sent there; nil where they get the bytes here.
    package var redirectURL: String?
    /// How long a client waits for one that is being fetched.
    package var wait = Duration.seconds(20)
    package var leaseMilliseconds: Int64 = 300_000
    /// Bytes that all archives together may have in the bucket; nil is any number.
    package var budgetBytes: Int64?
    /// Those that are asked for often; nil where none are kept here.
    package var cache: ArchiveCache?
    /// How many are fetched at once because somebody asks for them.
    package var fetchesAtOnce = 8
    /// How many answers are being sent at once, unless said otherwise.
    package static let answersAtOnce = 512
    package var answersAtOnce = Self.answersAtOnce

    package init(objects: any ObjectStore, origin: (any ArchiveOrigin)? = nil, run: RunID = Self.newcomer()) {
        self.objects = objects
        self.origin = origin
        self.run = run
    }

    /// Of one process: leases are compared by it, and runs have numbers above 0.
    package static func newcomer() -> RunID { RunID(-Int64.random(in: 1 ... .max)) }
}
