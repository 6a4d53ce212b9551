import Crypto
import NIOCore

/// What is kept of a body that is not.
struct BodyDigests: Sendable {
    /// The most that S3 takes in one PUT (bytes).
    static let mostBytes = 5 << 30

    var size = 0
    var md5: [UInt8]
    /// In lower-case hexadecimal.
    var sha256: String

    /// Reads a body as it comes; little of it is in memory at any time.
    ///
    /// - Throws: `NIOTooManyBytesError` beyond ``mostBytes``, and what the body ends with.
    init<Body: AsyncSequence>(of body: Body) async throws where Body.Element == ByteBuffer {
        var md5 = Insecure.MD5()
        var sha256 = SHA256()
        for try await piece in body {
            self.size += piece.readableBytes
            guard self.size <= Self.mostBytes else { throw NIOTooManyBytesError(maxBytes: Self.mostBytes) }
            piece.withUnsafeReadableBytes {
                md5.update(bufferPointer: $0)
                sha256.update(bufferPointer: $0)
            }
        }
        self.md5 = Array(md5.finalize())
        self.sha256 = Hexadecimal.text(sha256.finalize())
    }
}
