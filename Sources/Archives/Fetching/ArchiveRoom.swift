/// Where archives are while they are fetched, and until they are dropped: small ones in memory, larger ones in files.
package final class ArchiveRoom: Sendable {
    package struct Configuration: Sendable {
        /// The most bytes of one archive in memory.
        package var bytesInMemoryEach: Int
        /// The most bytes of all archives in memory.
        package var bytesInMemory: Int
        /// The folder for files; nil keeps everything in memory, and refuses what is too large for that.
        package var folder: String?
        /// The most bytes of all files together.
        package var bytesInFolder: Int

        package init(
            bytesInMemoryEach: Int = 4 << 20,
            bytesInMemory: Int = 24 << 20,
            folder: String? = nil,
            bytesInFolder: Int = 2 << 30
        ) {
            self.bytesInMemoryEach = bytesInMemoryEach
            self.bytesInMemory = max(bytesInMemory, bytesInMemoryEach)
            self.folder = folder
            self.bytesInFolder = bytesInFolder
        }
    }

    /// There is no room now: to be waited for with nothing in hand, no connection either.
    struct Occupied: Error {
        var budget: ByteBudget
        var bytes: Int
    }

    /// There never is so much room.
    struct TooSmall: Error {
        var detail: String
    }

    /// What an archive of unknown size begins with.
    static let firstBytes = 1 << 20

    let folder: String?
    let bytesInMemoryEach: Int
    let memory: ByteBudget
    let files: ByteBudget

    package init(_ configuration: Configuration) {
        self.folder = configuration.folder
        self.bytesInMemoryEach = configuration.bytesInMemoryEach
        self.memory = ByteBudget(bytes: configuration.bytesInMemory)
        self.files = ByteBudget(bytes: configuration.folder == nil ? 0 : configuration.bytesInFolder)
    }

    /// Room for an archive, in memory where it is small and that is free, else in a file.
    ///
    /// - Throws: ``Occupied``, ``TooSmall``.
    func reserve(_ bytes: Int) throws -> ByteReservation {
        if bytes <= self.bytesInMemoryEach {
            if let reservation = self.memory.reserveNow(bytes) ?? self.files.reserveNow(bytes) { return reservation }
            throw Occupied(budget: self.memory, bytes: bytes)
        }
        return try self.reserveInFiles(bytes)
    }

    /// - Throws: As ``reserve(_:)``.
    func reserveInFiles(_ bytes: Int) throws -> ByteReservation {
        if let reservation = self.files.reserveNow(bytes) { return reservation }
        throw self.shortage(ofFiles: bytes)
    }

    func isInMemory(_ reservation: ByteReservation) -> Bool { reservation.budget === self.memory }

    /// What is to be done where so many bytes of files are not there.
    func shortage(ofFiles bytes: Int) -> any Error {
        if bytes <= self.files.bytes { return Occupied(budget: self.files, bytes: bytes) }
        return TooSmall(
            detail: self.folder == nil
                ? "it has more than \(self.bytesInMemoryEach) bytes: set PACKLINE_TEMP_DIR, for files of such size"
                : "it has more than the \(self.files.bytes) bytes that all files in PACKLINE_TEMP_DIR may have together"
        )
    }
}
