/// Reads a whole zip, each byte of it once, and nothing of it is anywhere afterwards.
struct ZipCheck {
    private let reader: ArchiveReader
    private let directory: ZipDirectory
    private let inflater: Inflater
    private let excerpts: ArchiveExcerpts?

    /// - Throws: ``ArchiveRefusal``, what reading fails with, or `CancellationError`.
    static func contents(
        of reader: ArchiveReader,
        _ limits: ArchiveLimits,
        _ excerpts: ArchiveExcerpts?
    ) throws -> ArchiveContents {
        let end = try ZipEnd(reader)
        let check = ZipCheck(
            reader: reader,
            directory: try ZipDirectory(end, in: reader, limits),
            inflater: try Inflater(.bare),
            excerpts: excerpts
        )
        try check.walk(upTo: end.directory.lowerBound)
        return ArchiveContents(
            kind: .zip,
            entryCount: check.directory.entries.count,
            fileCount: check.directory.fileCount,
            unpackedBytes: check.directory.unpackedBytes
        )
    }

    /// Entries stand one behind the other, from the first byte to the directory: what lies twice under one of them, or
    /// under none, is read by one program and not by another.
    private func walk(upTo end: Int) throws {
        let entries = self.directory.entries
        let first = entries.first?.offset ?? end
        guard first == 0 else {
            throw ArchiveRefusal(.ambiguous, "before its first entry are \(first) bytes that belong to none")
        }
        for (index, entry) in entries.enumerated() {
            let name = self.directory.name(of: entry)
            let next = index + 1 < entries.count ? entries[index + 1].offset : end
            guard entry.offset < next else {
                throw ArchiveRefusal(.ambiguous, entry: name, "it has its data in common with another")
            }
            let header = try ZipLocalHeader(of: entry, named: name, in: self.reader)
            try header.check(upTo: next, of: entry, named: name, in: self.reader)
            try self.unpack(entry, named: name, at: header.data)
        }
    }

    private func unpack(_ entry: ZipEntry, named name: ArraySlice<UInt8>, at range: Range<Int>) throws {
        var crc = CRC32()
        var count = 0
        var target: [UInt8] = []
        func take(_ piece: UnsafeRawBufferPointer) throws {
            count += piece.count
            guard count <= entry.size else {
                throw ArchiveRefusal(
                    .damaged,
                    entry: name,
                    "it unpacks to more than the \(entry.size) bytes that it says"
                )
            }
            crc.update(piece)
            guard entry.kind == .link else {
                self.excerpts?.take(piece)
                return
            }
            guard count <= EntryPath.maxBytes else {
                throw ArchiveRefusal(.unsafeName, entry: name, "it is a link to what no name can be")
            }
            target.append(contentsOf: piece)
        }
        if entry.kind == .file { self.excerpts?.begin(name) }
        switch entry.method {
        case .stored: try self.reader.forEachPiece(of: range, take)
        case .deflated: try self.inflate(range, name, take)
        }
        guard count == entry.size else {
            throw ArchiveRefusal(.damaged, entry: name, "it unpacks to \(count) bytes, and says \(entry.size)")
        }
        guard crc.value == entry.crc else {
            throw ArchiveRefusal(.damaged, entry: name, "its bytes have another CRC-32 than it says")
        }
        if entry.kind == .link { try LinkTarget.check(target, of: name, depth: entry.depth) }
    }

    private func inflate(
        _ range: Range<Int>,
        _ name: ArraySlice<UInt8>,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        self.inflater.begin()
        var used = 0
        do {
            try self.reader.forEachPiece(of: range) { used += try self.inflater.unpack($0, take) }
        } catch is Inflater.Failure {
            throw ArchiveRefusal(.damaged, entry: name, "it can't be unpacked")
        }
        guard self.inflater.hasEnded, used == range.count else {
            throw ArchiveRefusal(
                .damaged,
                entry: name,
                self.inflater.hasEnded ? "it ends before its data does" : "its data ends before it does"
            )
        }
    }
}
