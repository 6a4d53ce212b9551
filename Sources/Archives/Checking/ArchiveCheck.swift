package import SystemPackage

/// Makes sure that bytes are a whole archive that everybody reads in the same way, and that stays inside of the folder it
/// is unpacked in.
///
/// A zip, or a tar, plain or in gzip. Nothing is unpacked to anywhere; memory is bounded by the limits on entries and
/// directory, not by sizes.
package enum ArchiveCheck {
    /// - Throws: ``ArchiveRefusal``, or `CancellationError` when the task is cancelled.
    package static func check(_ bytes: [UInt8], _ limits: ArchiveLimits = ArchiveLimits()) throws -> CheckedArchive {
        try self.check(bytes, ArchiveDigests(of: bytes), limits)
    }

    /// - Parameter digests: Of these bytes.
    /// - Throws: As ``check(_:_:)``.
    static func check(
        _ bytes: [UInt8],
        _ digests: ArchiveDigests,
        _ limits: ArchiveLimits,
        _ excerpts: ArchiveExcerpts? = nil
    ) throws -> CheckedArchive {
        CheckedArchive(try self.contents(of: ArchiveReader(bytes), limits, excerpts), digests)
    }

    /// Checks what is in a file.
    ///
    /// - Parameters:
    ///   - file: Stays open.
    ///   - digests: Of its bytes, all of them.
    /// - Throws: ``ArchiveRefusal``, `Errno` when the file can't be read, or `CancellationError`.
    package static func check(
        _ file: FileDescriptor,
        _ digests: ArchiveDigests,
        _ limits: ArchiveLimits = ArchiveLimits()
    ) throws -> CheckedArchive {
        try self.check(file, digests, limits, nil)
    }

    static func check(
        _ file: FileDescriptor,
        _ digests: ArchiveDigests,
        _ limits: ArchiveLimits,
        _ excerpts: ArchiveExcerpts?
    ) throws -> CheckedArchive {
        CheckedArchive(try self.contents(of: ArchiveReader(file, size: digests.size), limits, excerpts), digests)
    }

    private static func contents(
        of reader: ArchiveReader,
        _ limits: ArchiveLimits,
        _ excerpts: ArchiveExcerpts?
    ) throws -> ArchiveContents {
        let beginning = try reader.bytes(0..<min(reader.size, ArchiveSign.length))
        let contents =
            switch try ArchiveSign.kind(of: beginning) {
            case .zip: try ZipCheck.contents(of: reader, limits, excerpts)
            case .tar: try TarCheck.contents(of: reader, isGzipped: false, limits, excerpts)
            case .gzippedTar: try TarCheck.contents(of: reader, isGzipped: true, limits, excerpts)
            }
        guard contents.fileCount > 0 else { throw ArchiveRefusal(.empty, "no file is in it") }
        return contents
    }
}
