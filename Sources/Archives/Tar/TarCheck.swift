/// Reads a whole tar, plain or in gzip (RFC 1952).
enum TarCheck {
    /// - Throws: ``ArchiveRefusal``, what reading fails with, or `CancellationError`.
    static func contents(
        of reader: ArchiveReader,
        isGzipped: Bool,
        _ limits: ArchiveLimits,
        _ excerpts: ArchiveExcerpts?
    ) throws -> ArchiveContents {
        var walk = TarWalk(limits, excerpts)
        var count = 0
        func take(_ piece: UnsafeRawBufferPointer) throws {
            count += piece.count
            try limits.check(unpacked: count, ofArchive: reader.size)
            // What is in the gzip file may be anything.
            if count == piece.count, isGzipped, piece.count >= TarHeader.length {
                guard TarHeader.isOne(Array(piece.prefix(TarHeader.length))) else { throw Self.noTar }
            }
            try walk.take(piece)
        }
        if isGzipped {
            try Self.unzip(reader, take)
            guard count >= TarHeader.length else { throw Self.noTar }
        } else {
            try reader.forEachPiece(of: 0..<reader.size, take)
        }
        try walk.finish()
        return ArchiveContents(
            kind: isGzipped ? .gzippedTar : .tar,
            entryCount: walk.entryCount,
            fileCount: walk.fileCount,
            unpackedBytes: count
        )
    }

    private static let noTar = ArchiveRefusal(.noArchive, "it is a gzip file, and there is no tar in it")

    /// All members of a gzip file, one after the other, with their CRCs.
    private static func unzip(
        _ reader: ArchiveReader,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let inflater = try Inflater(.gzip)
        do {
            try reader.forEachPiece(of: 0..<reader.size) { piece in
                var place = 0
                while place < piece.count {
                    if inflater.hasEnded { inflater.begin() }
                    place += try inflater.unpack(UnsafeRawBufferPointer(rebasing: piece[place...]), take)
                }
            }
        } catch is Inflater.Failure {
            throw ArchiveRefusal(.damaged, "its gzip file is damaged, or has something after its end")
        }
        guard inflater.hasEnded else { throw ArchiveRefusal(.truncated, "its gzip file ends before its end") }
    }
}
