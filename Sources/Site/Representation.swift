import Composer
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Wire

/// Bytes with their validators: sent as they are, compressed, or not at all to those who have them.
struct Representation {
    /// How long shared caches and clients may use it without asking.
    enum Caching: String {
        case minute = "public, max-age=60"
        /// Kept, but asked about each time.
        case validated = "public, no-cache"
        /// What is named by its bytes.
        case forEver = "public, max-age=31536000, immutable"

        /// The same in a private repository.
        var inPrivate: String {
            switch self {
            case .minute: "private, max-age=60"
            case .validated: "private, no-cache"
            case .forEver: "private, max-age=31536000, immutable"
            }
        }
    }

    var content: Blob
    var status = HTTPResponse.Status.ok
    var date: FeedDate
    var caching: Caching

    /// JSON that was made for this request.
    init(
        json: [UInt8],
        status: HTTPResponse.Status = .ok,
        date: FeedDate,
        caching: Caching = .validated
    ) {
        self.init(content: Blob(of: json), date: date, caching: caching)
        self.status = status
    }

    init(content: Blob, date: FeedDate, caching: Caching) {
        self.content = content
        self.date = date
        self.caching = caching
    }

    /// The answer to a GET or HEAD, or to a POST that asks: conditions mean nothing with that (RFC 9110, 13.1).
    ///
    /// Whoever takes gzip gets gzip, however small the content: composer/mirror demands it.
    func response(to request: Request) throws -> Response {
        let conditions = RequestConditions(request.headers)
        let isCompressed = conditions.acceptsGzip
        let etag = Self.etag(self.content.hash.tag, isCompressed: isCompressed)
        let validators = Validators(etag: etag, date: self.date, caching: self.caching)
        var headers = validators.headers
        let isRead = request.method == .get || request.method == .head
        if self.status == .ok, isRead, validators.areKnown(to: conditions) {
            return Response(status: .notModified, headers: headers)
        }
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let bytes = try self.content.bytes(isCompressed: isCompressed)
        return Response(status: self.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Two encodings are two representations, each with a strong ETag of its own.
    ///
    /// - Parameter tag: The content's, see ``Composer/ContentHash/tag``.
    static func etag(_ tag: String, isCompressed: Bool) -> String { isCompressed ? "\"\(tag)-gzip\"" : "\"\(tag)\"" }

    /// What an unchanged answer has as well.
    static func validators(
        etag: String,
        lastModified: String,
        caching: Caching,
        isPrivate: Bool = false
    ) -> [(name: String, value: String)] {
        [
            ("Content-Type", "application/json"),
            ("ETag", etag),
            ("Last-Modified", lastModified),
            ("Cache-Control", isPrivate ? caching.inPrivate : caching.rawValue),
            ("Vary", isPrivate ? "Accept-Encoding, Authorization" : "Accept-Encoding"),
        ]
    }
}

/// When something last changed, as far as a date can tell.
struct FeedDate {
    var secondsSince1970: Int64
    /// Whether nothing else can ever have that date; a client that has it has this answer then.
    var isFinal = true

    init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    /// Of what changes with the feed, as often as something is published.
    ///
    /// - Parameter timestamp: A position may be ahead of a clock that was set back, and more may be published in the
    ///   second that has begun: as long as it is not over, the date is the one before, and tells nothing.
    init(_ timestamp: Int64) {
        let (changed, now) = (timestamp / 10_000, HTTPDate.now)
        self.secondsSince1970 = min(changed, now - 1)
        self.isFinal = changed < now
    }
}

/// What an answer is known by.
struct Validators {
    var etag: String
    /// Two answers with the tag say the same, but maybe not with the same bytes.
    var isWeak = false
    var date: FeedDate
    var caching: Representation.Caching

    var headers: HTTPFields {
        var headers = HTTPFields()
        for (name, value) in Representation.validators(
            etag: self.isWeak ? "W/" + self.etag : self.etag,
            lastModified: HTTPDate.text(secondsSince1970: self.date.secondsSince1970),
            caching: self.caching
        ) {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        return headers
    }

    func areKnown(to conditions: RequestConditions) -> Bool {
        conditions.clientHas(
            etag: self.etag,
            modifiedSecondsSince1970: self.date.isFinal ? self.date.secondsSince1970 : nil
        )
    }
}

extension Blob {
    /// In the form that is asked for.
    func bytes(isCompressed: Bool) throws -> [UInt8] {
        guard isCompressed else { return try self.content() }
        if self.encoding == .gzip { return self.bytes }
        guard let bytes = Gzip.compressed(self.bytes) else {
            throw StoreError.corruptBlob(hash: self.hash.hexadecimal)
        }
        return bytes
    }
}

/// What a request says of the answers that it takes.
struct RequestConditions {
    var acceptEncoding: String?
    var ifNoneMatch: String?
    var ifModifiedSince: String?

    init() {}

    init(_ headers: HTTPFields) {
        self.acceptEncoding = headers[.acceptEncoding]
        self.ifNoneMatch = headers[.ifNoneMatch]
        self.ifModifiedSince = headers[.ifModifiedSince]
    }

    /// Whether the client takes gzip; `gzip;q=0` refuses it.
    var acceptsGzip: Bool {
        guard let accepted = self.acceptEncoding else { return false }
        if accepted == "gzip" { return true }
        var takesOthers = false
        for part in accepted.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            let isTaken = !words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            switch words.first {
            case "gzip": return isTaken
            // All that are not named (RFC 9110, 12.5.3).
            case "*": takesOthers = isTaken
            default: break
            }
        }
        return takesOthers
    }

    /// Whether the client already has this representation (RFC 9110, 13.2.2: an ETag outranks a date).
    ///
    /// - Parameter modifiedSecondsSince1970: nil where no date tells.
    func clientHas(etag: String, modifiedSecondsSince1970: Int64?) -> Bool {
        if let known = self.ifNoneMatch {
            if known == etag { return true }
            return known.split(separator: ",").contains { part in
                var tag = part.filter { !$0.isWhitespace }
                if tag.hasPrefix("W/") { tag.removeFirst(2) }
                return tag == "*" || tag == etag
            }
        }
        guard let modified = modifiedSecondsSince1970, let since = self.ifModifiedSince,
            let date = HTTPDate.secondsSince1970(since)
        else { return false }
        return modified <= date
    }
}

extension Response {
    /// An error as JSON: `{"error": "…"}`.
    static func problem(_ status: HTTPResponse.Status, _ message: String) -> Response {
        .json(["error": message], status: status)
    }

    /// What is not to be had at the moment.
    static func comeAgain(_ message: String) -> Response {
        var response = Response.problem(.serviceUnavailable, message)
        response.headers[.retryAfter] = "2"
        response.headers[.cacheControl] = "no-store"
        return response
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
