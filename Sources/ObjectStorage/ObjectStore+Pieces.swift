import Crypto

/// A part of an object.
package struct ObjectPiece: Equatable, Sendable {
    package var bytes: [UInt8]
    /// Bytes of the whole object.
    package var size: Int
    /// Differs where the object was replaced between two parts: the ETag, where the store has it at hand.
    package var tag: String

    package init(bytes: [UInt8], size: Int, tag: String) {
        self.bytes = bytes
        self.size = size
        self.tag = tag
    }
}

/// What an object's bytes were found to be when they were read.
package struct ObjectDigests: Equatable, Sendable {
    /// 32 bytes.
    package var sha256: [UInt8]
    /// 20 bytes.
    package var sha1: [UInt8]
    package var size: Int

    package init(sha256: [UInt8], sha1: [UInt8], size: Int) {
        self.sha256 = sha256
        self.sha1 = sha1
        self.size = size
    }
}

extension ObjectStore {
    /// Enough for most archives in one request, and little enough for many at once.
    private var pieceBytes: Int { 2 << 20 }

    /// How often an object is read from its beginning again because it was replaced meanwhile.
    private var triesAtPieces: Int { 3 }

    /// For stores of few bytes.
    package func piece(of key: String, from offset: Int, count: Int) async throws -> ObjectPiece? {
        guard let (bytes, version) = try await self.get(key, maxBytes: .max) else { return nil }
        return ObjectPiece(
            bytes: Array(bytes.dropFirst(offset).prefix(count)),
            size: bytes.count,
            tag: version.etag
        )
    }

    /// Reads an object part by part, with memory for one part; what is replaced meanwhile is read from its beginning again.
    ///
    /// - Parameters:
    ///   - begin: Called with the size before the first part, each time that it is read.
    ///   - body: Called with each part.
    /// - Returns: Whether there is one.
    /// - Throws: code `conflict` where it is replaced again and again; whatever the closures throw.
    package func read(
        _ key: String,
        begin: (_ size: Int) throws -> Void,
        _ body: ([UInt8]) throws -> Void
    ) async throws -> Bool {
        for _ in 0..<self.triesAtPieces {
            guard let first = try await self.piece(of: key, from: 0, count: self.pieceBytes) else { return false }
            try begin(first.size)
            try body(first.bytes)
            var read = first.bytes.count
            while read < first.size {
                guard let next = try await self.piece(of: key, from: read, count: self.pieceBytes),
                    next.tag == first.tag, next.size == first.size, !next.bytes.isEmpty
                else { break }
                try body(next.bytes)
                read += next.bytes.count
            }
            if read == first.size { return true }
        }
        throw ObjectStoreError(
            code: .conflict,
            operation: .get,
            key: key,
            store: self.description,
            message: "it is replaced, or ends too early, each time that it is read",
            isRetryable: true
        )
    }

    /// Reads an object as a whole, with memory for a part of it, and hashes it; nil when there is none.
    ///
    /// The parameters are those of ``read(_:begin:_:)``.
    package func digests(
        of key: String,
        begin: (_ size: Int) throws -> Void = { _ in },
        _ body: ([UInt8]) throws -> Void = { _ in }
    ) async throws -> ObjectDigests? {
        var (sha256, sha1, count) = (SHA256(), Insecure.SHA1(), 0)
        let exists = try await self.read(key) { size in
            (sha256, sha1, count) = (SHA256(), Insecure.SHA1(), 0)
            try begin(size)
        } _: { piece in
            sha256.update(data: piece)
            sha1.update(data: piece)
            count += piece.count
            try body(piece)
        }
        guard exists else { return nil }
        return ObjectDigests(sha256: Array(sha256.finalize()), sha1: Array(sha1.finalize()), size: count)
    }
}
