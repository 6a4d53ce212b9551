import Composer
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Store

/// Bytes with their validators: sent as they are, compressed, or not at all to those who have them.
struct Representation {
    /// How long shared caches and clients may use it without asking.
    enum Caching: String {
        case minute = "public, max-age=60"
        /// Kept, but asked about each time.
        case validated = "public, no-cache"
    }

    var content: Blob
    var status = HTTPResponse.Status.ok
    var secondsSince1970: Int64
    var caching: Caching

    /// JSON that was made for this request.
    init(
        json: [UInt8],
        status: HTTPResponse.Status = .ok,
        secondsSince1970: Int64,
        caching: Caching = .validated
    ) {
        self.init(content: Blob(of: json), secondsSince1970: secondsSince1970, caching: caching)
        self.status = status
    }

    init(content: Blob, secondsSince1970: Int64, caching: Caching) {
        self.content = content
        self.secondsSince1970 = secondsSince1970
        self.caching = caching
    }

    /// The answer to a GET or HEAD.
    ///
    /// Whoever takes gzip gets gzip, however small the content: composer/mirror demands it.
    func response(to request: Request) throws -> Response {
        let isCompressed = request.headers.acceptsGzip
        let etag = self.etag(isCompressed: isCompressed)
        if self.status == .ok, request.headers.hasCurrent(etag: etag, modifiedSecondsSince1970: self.secondsSince1970) {
            return Response(status: .notModified, headers: self.validators(isCompressed: isCompressed))
        }
        return Response(
            status: self.status,
            headers: self.headers(isCompressed: isCompressed),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try self.bytes(isCompressed: isCompressed)))
        )
    }

    /// Two encodings are two representations, each with a strong ETag of its own.
    func etag(isCompressed: Bool) -> String {
        "\"\(self.content.hash.hexadecimal.prefix(32))\(isCompressed ? "-gzip" : "")\""
    }

    /// What an unchanged answer has as well.
    func validators(isCompressed: Bool) -> HTTPFields {
        HTTPFields([
            HTTPField(name: .contentType, value: "application/json"),
            HTTPField(name: .eTag, value: self.etag(isCompressed: isCompressed)),
            HTTPField(name: .lastModified, value: HTTPDate.text(secondsSince1970: self.secondsSince1970)),
            HTTPField(name: .cacheControl, value: self.caching.rawValue),
            HTTPField(name: .vary, value: "Accept-Encoding"),
        ])
    }

    func headers(isCompressed: Bool) -> HTTPFields {
        var headers = self.validators(isCompressed: isCompressed)
        if isCompressed { headers[.contentEncoding] = "gzip" }
        return headers
    }

    func bytes(isCompressed: Bool) throws -> [UInt8] {
        isCompressed ? try self.compressed() : try self.content.content()
    }

    private func compressed() throws -> [UInt8] {
        if self.content.encoding == .gzip { return self.content.bytes }
        guard let bytes = Gzip.compressed(self.content.bytes) else {
            throw StoreError.corruptBlob(hash: self.content.hash.hexadecimal)
        }
        return bytes
    }
}

extension HTTPFields {
    /// Whether the client takes gzip; `gzip;q=0` refuses it.
    var acceptsGzip: Bool {
        guard let accepted = self[.acceptEncoding] else { return false }
        if accepted == "gzip" { return true }
        return accepted.split(separator: ",").contains { part in
            let words = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let coding = words.first, coding == "gzip" || coding == "*" else { return false }
            return !words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }

    /// Whether the client already has this representation (RFC 9110, 13.2.2: an ETag outranks a date).
    func hasCurrent(etag: String, modifiedSecondsSince1970: Int64) -> Bool {
        if let known = self[.ifNoneMatch] {
            if known == etag { return true }
            return known.split(separator: ",").contains { part in
                var tag = part.filter { !$0.isWhitespace }
                if tag.hasPrefix("W/") { tag.removeFirst(2) }
                return tag == "*" || tag == etag
            }
        }
        guard let since = self[.ifModifiedSince], let date = HTTPDate.secondsSince1970(since) else {
            return false
        }
        return modifiedSecondsSince1970 <= date
    }
}

extension Response {
    /// An error as JSON: `{"error": "…"}`.
    static func problem(_ status: HTTPResponse.Status, _ message: String) -> Response {
        .json(["error": message], status: status)
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
