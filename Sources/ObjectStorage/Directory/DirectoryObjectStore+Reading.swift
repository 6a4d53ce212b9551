package import NIOCore
import NIOPosix
import SystemPackage

extension DirectoryObjectStore {
    private static let pieceSize = 256 * 1_024

    @concurrent
    package func read(
        _ key: String,
        range: Range<Int64>?,
        _ piece: @concurrent (ByteBuffer) async throws -> Void
    ) async throws -> Bool {
        guard let path = self.localPath(of: key) else {
            throw ObjectStoreError.invalidKey(key, operation: .get, store: self.description)
        }
        func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
            do { return try await NIOThreadPool.singleton.runIfActive(body) } catch let error as FileCallError {
                throw ObjectStoreError(error, operation: .get, key: key, store: self.description)
            }
        }
        guard let file = try await blocking({ try OpenFile(path) }) else { return false }
        var position = range?.lowerBound ?? 0
        let end = range?.upperBound ?? .max
        while position < end {
            let (start, count) = (position, Int(min(Int64(Self.pieceSize), end - position)))
            let bytes = try await blocking { try file.read(count, at: start) }
            if bytes.readableBytes == 0 { break }
            position += Int64(bytes.readableBytes)
            try await piece(bytes)
        }
        return true
    }

    package func localPath(of key: String) -> String? { ObjectKey.isValid(key) ? self.files.path(of: key) : nil }
}

/// A file that is read from any place.
private final class OpenFile: Sendable {
    private let path: String
    private let descriptor: SystemPackage.FileDescriptor

    /// - Returns: nil where there is no file.
    init?(_ path: String) throws {
        guard try FileCalls.status(path)?.kind == .file else { return nil }
        self.path = path
        do {
            self.descriptor = try SystemPackage.FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
        } catch let error as Errno {
            if FileCalls.meansMissing(error.rawValue) { return nil }
            throw FileCallError(call: "open", path: path, errno: error.rawValue)
        }
    }

    deinit { try? self.descriptor.close() }

    func read(_ count: Int, at position: Int64) throws -> ByteBuffer {
        try FileCallError.naming("read", self.path) {
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                try self.descriptor.read(
                    fromAbsoluteOffset: position,
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
                )
            }
            return buffer
        }
    }
}
