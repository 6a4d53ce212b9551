import NIOCore
import SystemPackage

/// Takes an archive in as it comes: hashes it, and finds room for it.
///
/// Not Sendable: used by the task that fetches.
final class ArchiveSink {
    private let room: ArchiveRoom
    private let limit: Int
    private var reservation: ByteReservation
    private var digester = ArchiveDigester()
    private var bytes: [UInt8] = []
    private var file: TemporaryFile?
    private var beginning: [UInt8] = []

    /// - Parameters:
    ///   - reserved: Room that was waited for.
    ///   - limit: The most bytes that an archive may have.
    ///   - expected: How many bytes are said to come; nil where nothing is said.
    /// - Throws: ``ArchiveRoom/Occupied``, ``ArchiveRoom/TooSmall``, `Errno`.
    init(_ room: ArchiveRoom, reserved: ByteReservation?, limit: Int, expected: Int?) throws {
        self.room = room
        self.limit = limit
        if let expected { try Self.check(expected, limit) }
        if let reserved, expected.map({ $0 <= reserved.bytes }) ?? true {
            self.reservation = reserved
        } else {
            self.reservation = try room.reserve(expected ?? min(ArchiveRoom.firstBytes, room.bytesInMemoryEach))
        }
        if !room.isInMemory(self.reservation) {
            try self.beginFile()
        } else if let expected {
            self.bytes.reserveCapacity(expected)
        }
    }

    /// Bytes that have come.
    var size: Int { self.digester.size }

    /// - Throws: ``ArchiveRefusal`` as soon as it is known to be no archive; as ``init(_:reserved:limit:expected:)``.
    func take(_ piece: ByteBuffer) throws {
        let count = self.digester.size + piece.readableBytes
        try Self.check(count, self.limit)
        if count > self.reservation.bytes { try self.makeRoom(for: count) }
        try piece.withUnsafeReadableBytes { piece in
            self.digester.update(piece)
            try self.look(at: piece)
            if let file = self.file {
                try file.append(piece)
            } else {
                self.bytes.append(contentsOf: piece)
            }
        }
    }

    /// - Throws: ``ArchiveRefusal`` where it is no archive.
    func finish() throws -> (content: ArchiveContent, digests: ArchiveDigests) {
        if self.digester.size < ArchiveSign.length { _ = try ArchiveSign.kind(of: self.beginning) }
        self.reservation.shrink(to: self.digester.size)
        let content = self.file.map { ArchiveContent.file($0, self.reservation) }
        return (content ?? .bytes(self.bytes, self.reservation), self.digester.digests)
    }

    /// What is a page is known for one before all of it has come.
    private func look(at piece: UnsafeRawBufferPointer) throws {
        guard self.beginning.count < ArchiveSign.length else { return }
        self.beginning.append(contentsOf: piece.prefix(ArchiveSign.length - self.beginning.count))
        if self.beginning.count == ArchiveSign.length { _ = try ArchiveSign.kind(of: self.beginning) }
    }

    /// Several times as much each time, where that is there: an archive of unknown size is begun again few times, where
    /// room has to be waited for.
    private func makeRoom(for count: Int) throws {
        let wanted = max(count, min(self.limit, 4 * self.reservation.bytes))
        let inFiles = max(count, min(wanted, self.room.files.bytes))
        guard self.file == nil else {
            if self.reservation.grow(to: inFiles) || self.reservation.grow(to: count) { return }
            throw self.room.shortage(ofFiles: inFiles)
        }
        if count <= self.room.bytesInMemoryEach {
            let inMemory = min(wanted, self.room.bytesInMemoryEach)
            if self.reservation.grow(to: inMemory) || self.reservation.grow(to: count) { return }
            guard self.room.folder != nil else {
                throw ArchiveRoom.Occupied(budget: self.room.memory, bytes: self.room.bytesInMemoryEach)
            }
        }
        self.reservation = try self.room.files.reserveNow(inFiles) ?? self.room.reserveInFiles(count)
        try self.beginFile()
        try self.bytes.withUnsafeBytes { try self.file?.append($0) }
        self.bytes = []
    }

    private func beginFile() throws { self.file = try TemporaryFile(in: self.room.folder ?? ".") }

    private static func check(_ count: Int, _ limit: Int) throws {
        guard count <= limit else {
            throw ArchiveRoom.TooSmall(
                detail: "it has more than \(limit) bytes, the most that an archive may have "
                    + "(PACKLINE_ARCHIVES_MAX_MB, PACKLINE_TEMP_MB)"
            )
        }
    }
}
