/// What an archive was found to have in it.
struct ArchiveContents: Equatable, Sendable {
    var kind: ArchiveKind
    var entryCount: Int
    var fileCount: Int
    var unpackedBytes: Int
}

/// An archive whose every byte was read and found to be right.
package struct CheckedArchive: Equatable, Sendable {
    package var kind: ArchiveKind
    /// Files, links and folders.
    package var entryCount: Int
    /// What it unpacks to, in bytes.
    package var unpackedBytes: Int
    package var digests: ArchiveDigests

    package var key: ArchiveKey { ArchiveKey(sha256: self.digests.sha256, kind: self.kind) }

    init(_ contents: ArchiveContents, _ digests: ArchiveDigests) {
        self.kind = contents.kind
        self.entryCount = contents.entryCount
        self.unpackedBytes = contents.unpackedBytes
        self.digests = digests
    }
}
