import Crypto
import HTTPTypes
import NIOCore

extension Reply {
    /// A zip file, or what a client that has it already, or wants a part of it, gets.
    ///
    /// - Parameters:
    ///   - pieces: The last one has the zip's directory, whose checksums tell one archive from another.
    ///   - seconds: Since 1970.
    static func archive(_ pieces: [ByteBuffer], name: String, seconds: Int64, to exchange: Exchange) -> Reply {
        let eTag = Self.eTag(of: pieces)
        let headers: HTTPFields = [
            .contentType: "application/zip",
            .contentDisposition: "attachment; filename=\(name)",
            .lastModified: CivilTime(seconds: seconds).http,
            .eTag: eTag,
            .acceptRanges: "bytes",
        ]
        let isKnown =
            exchange.headers[.ifNoneMatch].map { $0.contains(eTag) || $0 == "*" }
            ?? HTTPDateText.seconds(exchange.headers[.ifModifiedSince]).map { $0 >= seconds } ?? false
        if isKnown { return Reply(status: .notModified, headers: headers) }
        return Reply(headers: headers, body: .pieces(pieces)).ranged(for: exchange)
            ?? Reply(status: .rangeNotSatisfiable, headers: [.contentRange: "bytes */\(pieces.byteCount)"])
    }

    static func eTag(of archive: [ByteBuffer]) -> String {
        let directory = archive.last?.readableBytesView ?? ByteBuffer().readableBytesView
        let digest = directory.withUnsafeBytes { Hexadecimal.text(Insecure.MD5.hash(data: $0)) }
        return "\"\(String(archive.byteCount, radix: 16))-\(digest.prefix(16))\""
    }
}
