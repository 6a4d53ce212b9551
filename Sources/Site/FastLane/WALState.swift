import Synchronization

/// What a SQLite database in WAL mode contains: where two are equal, nothing was committed in between, by any process.
///
/// This is the header of the WAL index (https://sqlite.org/walformat.html, section 2.1), which all processes map: how
/// many commits there were, how many frames the log has, and a checksum over all of them. A commit is visible when its
/// header is written, and to nobody before that. Looking at it takes no lock and no call of the system.
struct WALState: Equatable, Sendable {
    // 48 bytes.
    private let beginning: SIMD4<UInt64>
    private let end: SIMD2<UInt64>

    /// - Parameter walIndex: Its first 96 bytes: the header, twice.
    /// - Returns: nil while a commit is being written, and where the index was not made yet.
    init?(walIndex: UnsafeRawPointer) {
        func copy(_ offset: Int) -> (SIMD4<UInt64>, SIMD2<UInt64>) {
            (
                walIndex.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self),
                walIndex.loadUnaligned(fromByteOffset: offset + 32, as: SIMD2<UInt64>.self)
            )
        }
        // A writer writes the second copy first.
        let first = copy(0)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let second = copy(48)
        guard first == second, walIndex.load(fromByteOffset: 12, as: UInt8.self) == 1 else { return nil }
        (self.beginning, self.end) = first
    }
}
