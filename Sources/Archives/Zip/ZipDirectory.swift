/// The central directory of a zip: all its entries, in the order in which their data stands.
struct ZipDirectory {
    /// As it stands in the file.
    let bytes: [UInt8]
    private(set) var entries: [ZipEntry] = []
    /// How many of them are no folders.
    let fileCount: Int
    /// What they unpack to, in bytes.
    private(set) var unpackedBytes = 0

    /// - Throws: ``ArchiveRefusal``, or what reading fails with.
    init(_ end: ZipEnd, in reader: ArchiveReader, _ limits: ArchiveLimits) throws {
        guard end.directory.count <= limits.directoryBytes else {
            throw ArchiveRefusal(.tooLarge, "its directory has more than \(limits.directoryBytes) bytes")
        }
        guard end.entryCount <= limits.entries else {
            throw ArchiveRefusal(.tooLarge, "it has more than \(limits.entries) entries")
        }
        let bytes = try reader.bytes(end.directory)
        guard end.entryCount <= bytes.count / ZipEntry.length else { throw Self.wrongCount }
        self.entries.reserveCapacity(end.entryCount)
        var tree = EntryTree(limit: limits.entries)
        var place = 0
        while place < bytes.count {
            guard self.entries.count < end.entryCount else { throw Self.wrongCount }
            var (entry, path, next) = try ZipEntry.read(bytes, at: place)
            entry.depth = try tree.add(path, entry.kind)
            place = next
            let (sum, overflows) = self.unpackedBytes.addingReportingOverflow(entry.size)
            self.unpackedBytes = overflows ? .max : sum
            try limits.check(unpacked: self.unpackedBytes, ofArchive: reader.size)
            self.entries.append(entry)
        }
        guard self.entries.count == end.entryCount else { throw Self.wrongCount }
        self.bytes = bytes
        self.fileCount = tree.fileCount
        self.entries.sort { $0.offset < $1.offset }
    }

    func name(of entry: ZipEntry) -> ArraySlice<UInt8> { self.bytes[entry.name] }

    private static let wrongCount = ArchiveRefusal(
        .damaged,
        "its directory has another number of entries than its end says"
    )
}
