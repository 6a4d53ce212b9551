import SystemPackage

extension DirectoryFiles {
    /// A part of a file; nil when there is none.
    ///
    /// Its tag is of size and date, because an ETag would take the whole file.
    ///
    /// - Throws: ``FileCallError``.
    func piece(of key: String, from offset: Int, count: Int) throws -> ObjectPiece? {
        let path = self.path(of: key)
        guard let status = try FileCalls.status(path), status.kind == .file else { return nil }
        return try FileCallError.naming("read", path) {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                let wanted = max(0, min(count, status.size - offset))
                let bytes = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                    while filled < wanted {
                        let rest = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
                        )
                        let read = try file.read(fromAbsoluteOffset: Int64(offset + filled), into: rest)
                        if read == 0 { break }
                        filled += read
                    }
                }
                return ObjectPiece(
                    bytes: bytes,
                    size: status.size,
                    tag: "\(status.size) \(status.modifiedNanoseconds)"
                )
            }
        }
    }
}

extension DirectoryObjectStore {
    package func piece(of key: String, from offset: Int, count: Int) async throws -> ObjectPiece? {
        try await self.run(.get, key: key) { try $0.piece(of: key, from: offset, count: count) }
    }
}
