/// How much of what an archive asks for is given to it.
package struct ArchiveLimits: Sendable {
    /// The most entries, folders that have none of their own counted too.
    package var entries: Int
    /// The most bytes of a zip's central directory; it is in memory while the archive is checked.
    package var directoryBytes: Int
    /// The most bytes that it unpacks to.
    package var unpackedBytes: Int
    /// The most bytes for each byte of the archive, and how many are allowed in any case.
    ///
    /// Composer takes what is beyond 100 and 50 MB for a bomb, where the entries that it draws are of that kind
    /// (`ZipDownloader.php`, 2.10), and does not install it.
    package var ratio: Int
    package var bytesBeforeRatio: Int

    package init(
        entries: Int = 100_000,
        directoryBytes: Int = 16 << 20,
        unpackedBytes: Int = 4 << 30,
        ratio: Int = 100,
        bytesBeforeRatio: Int = 50 << 20
    ) {
        self.entries = entries
        self.directoryBytes = directoryBytes
        self.unpackedBytes = unpackedBytes
        self.ratio = ratio
        self.bytesBeforeRatio = bytesBeforeRatio
    }

    /// - Parameter bytes: That an archive of `size` bytes unpacks to, as far as that is known.
    /// - Throws: ``ArchiveRefusal``.
    func check(unpacked bytes: Int, ofArchive size: Int) throws(ArchiveRefusal) {
        guard bytes <= self.unpackedBytes else {
            throw ArchiveRefusal(.tooLarge, "it unpacks to more than \(self.unpackedBytes) bytes")
        }
        guard bytes > self.bytesBeforeRatio else { return }
        let (most, overflows) = size.multipliedReportingOverflow(by: self.ratio)
        guard overflows || bytes <= most else {
            throw ArchiveRefusal(.tooLarge, "it unpacks to more than \(self.ratio) times its own size")
        }
    }
}
