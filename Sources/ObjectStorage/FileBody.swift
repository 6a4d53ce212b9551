import Crypto
import Synchronization
import SystemPackage
import Wire

/// Reads a file that is to be an object, and makes sure that it is what it was said to be.
///
/// The last piece is given out once the whole is known to be right, so that no store gets a body that is not.
final class FileBody: Sendable {
    struct NotAsSaid: Error {
        var path: String
        var problem: String
    }

    private static let pieceSize = 256 * 1_024

    private struct State {
        var sha256 = SHA256()
        var md5 = Insecure.MD5()
        var count = 0
        /// Read, and not given out yet.
        var held: [UInt8]?
    }

    private let file: ObjectFile
    private let hasETag: Bool
    private let descriptor: FileDescriptor
    private let state = Mutex(State())

    /// - Parameter hasETag: Whether ``etag`` is wanted, which takes longer than all else.
    /// - Throws: ``FileCallError``.
    init(_ file: ObjectFile, hasETag: Bool) throws {
        self.file = file
        self.hasETag = hasETag
        self.descriptor = try FileCallError.naming("open", file.path) {
            try FileDescriptor.open(FilePath(file.path), .readOnly, options: .closeOnExec)
        }
    }

    deinit { try? self.descriptor.close() }

    /// The ETag, without quotes, of all that was read.
    var etag: String { self.state.withLock { Hexadecimal.text(Array($0.md5.finalize())) } }

    /// The next piece, and whether it is the last one.
    ///
    /// - Throws: ``NotAsSaid``, ``FileCallError``.
    func next() throws -> (bytes: [UInt8], isLast: Bool) {
        try self.state.withLock { state in
            while true {
                let piece = try self.read()
                state.count += piece.count
                guard state.count <= self.file.size, !piece.isEmpty || state.count == self.file.size else {
                    throw self.notAsSaid("it has \(piece.isEmpty ? "only " : "at least ")\(state.count) bytes")
                }
                if piece.isEmpty, self.file.isOwn { return (state.held ?? [], true) }
                if piece.isEmpty {
                    let sha256 = Hexadecimal.text(Array(state.sha256.finalize()))
                    guard sha256 == self.file.sha256 else { throw self.notAsSaid("its SHA-256 is \(sha256)") }
                    return (state.held ?? [], true)
                }
                if !self.file.isOwn { state.sha256.update(data: piece) }
                if self.hasETag { state.md5.update(data: piece) }
                if let held = state.held {
                    state.held = piece
                    return (held, false)
                }
                state.held = piece
            }
        }
    }

    private func read() throws -> [UInt8] {
        try FileCallError.naming("read", self.file.path) {
            try [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
                count = try self.descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }

    private func notAsSaid(_ found: String) -> NotAsSaid {
        NotAsSaid(
            path: self.file.path,
            problem: "\(found) and should have \(self.file.size) bytes with SHA-256 \(self.file.sha256)"
        )
    }
}

extension ObjectStoreError {
    init(_ error: FileBody.NotAsSaid, key: String?, store: String) {
        self.init(
            code: .fileSystem,
            operation: .put,
            key: key,
            store: store,
            message:
                "the file \(Self.printable(error.path)) is not what it was said to be: \(error.problem); nothing was "
                + "written"
        )
    }
}
