package import AsyncHTTPClient
import Crypto
import FoundationEssentials
package import Logging
import NIOCore
import NIOHTTP1
import Resilience
import Synchronization
import Transport
import Wire

/// A bucket, or the part of it below a prefix, on any server that speaks S3's HTTP interface.
///
/// It begins with the configured number of requests at once, halves it when the store answers that these are too many,
/// and comes back to it one by one. Credentials are refreshed before they expire.
///
/// Requests are signed with Signature Version 4 over the SHA-256 of the body; uploads of bytes also carry `Content-MD5`, which
/// more servers check. Connections are the HTTP client's: one that is made with
/// ``httpClientConfiguration(concurrency:)`` keeps as many open as there are calls at once, while the client's default
/// is eight for each host. A client that decompresses would hand out other bytes than were stored.
package final class S3ObjectStore: ObjectStore {
    package let description: String
    let configuration: S3Configuration
    let address: S3Address
    let http: HTTPClient
    let credentials: CredentialCache
    let concurrency: AdaptiveConcurrency
    let retryClock: any Clock<Duration>
    let logger: Logger
    let sent = Atomic<Int>(0)
    /// Whether the server was seen not to know how to delete many objects at once.
    let lacksMultiDelete = Atomic<Bool>(false)

    /// - Parameters:
    ///   - http: Shut down by its owner.
    ///   - retryClock: Waits between tries.
    ///   - now: Unix time in seconds, for signatures and the end of credentials; nil means this machine's.
    package init(
        http: HTTPClient,
        configuration: S3Configuration,
        logger: Logger,
        retryClock: any Clock<Duration> = ContinuousClock(),
        now: (@Sendable () -> Int64)? = nil
    ) {
        self.http = http
        self.configuration = configuration
        self.address = S3Address(configuration)
        self.credentials = CredentialCache(
            source: configuration.credentials,
            region: configuration.region,
            logger: logger,
            now: now ?? SigningClock.machineTime
        )
        self.concurrency = AdaptiveConcurrency(maximum: configuration.maxConcurrency)
        self.retryClock = retryClock
        self.logger = logger
        let prefix = configuration.prefix.isEmpty ? "" : "/\(configuration.prefix)"
        let endpoint = configuration.endpoint ?? .amazon(region: configuration.region)
        self.description = "s3://\(configuration.bucket)\(prefix) at \(endpoint)"
    }

    /// The number of requests sent so far, every try counted.
    package var requestCount: Int { self.sent.load(ordering: .relaxed) }

    /// A client configuration that fits this store.
    ///
    /// One event loop serves thousands of uploads a second. Redirects are not followed, because a signature holds for
    /// one host only, and a connection that cannot be made is reported at once, because this store retries by itself.
    ///
    /// - Parameter concurrency: The calls that are under way at once.
    package static func httpClientConfiguration(concurrency: Int) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(30)),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(1, concurrency)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandler(SingleFlush(), position: .first)
            }
        }
        return configuration
    }

    package func put(_ object: ObjectUpload) async throws -> ObjectVersion {
        try self.checkKey(object.key, .put)
        let request = self.putRequest(object)
        return try await self.withRetries { attempt in
            let answer = try await self.exchange(request)
            switch answer.status {
            case 200..<300:
                guard let etag = answer.headers.first(name: "etag") else {
                    throw self.unexpectedAnswer(to: request, answer, "it has no ETag")
                }
                return ObjectVersion(etag: ObjectVersion.unquoted(etag), size: object.body.count)
            case 412 where attempt > 1:
                // An earlier try may have taken effect although its answer got lost: then the object is ours already.
                if let live = try await self.head(object.key), live.etag == (try Self.etag(of: object.body)) {
                    return ObjectVersion(etag: live.etag, size: object.body.count)
                }
                throw ObjectStoreError.preconditionFailed(object.key, object.condition, store: self.description)
            case 412:
                throw ObjectStoreError.preconditionFailed(object.key, object.condition, store: self.description)
            default:
                throw self.failure(of: request, answer, condition: object.condition)
            }
        }
    }

    package func delete(_ key: String) async throws {
        try self.checkKey(key, .delete)
        let request = self.request(.delete, .DELETE, key: key)
        try await self.withRetries { _ in
            let answer = try await self.exchange(request)
            guard (200..<300).contains(answer.status) || self.saysMissing(answer) else {
                throw self.failure(of: request, answer)
            }
        }
    }

    package func head(_ key: String) async throws -> ObjectVersion? {
        try self.checkKey(key, .head)
        let request = self.request(.head, .HEAD, key: key)
        return try await self.withRetries { _ in
            let answer = try await self.exchange(request)
            guard answer.status != 404 else { return nil }
            return try self.version(in: answer, to: request)
        }
    }

    package func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try self.checkKey(key, .get)
        var request = self.request(.get, .GET, key: key)
        request.maxAnswerBytes = maxBytes
        return try await self.withRetries { [request] _ in
            let answer = try await self.exchange(request)
            if self.saysMissing(answer) { return nil }
            var version = try self.version(in: answer, to: request)
            version.size = answer.body.readableBytes
            return (answer.bodyBytes, version)
        }
    }

    func version(in answer: HTTPAnswer, to request: S3Request) throws -> ObjectVersion {
        guard (200..<300).contains(answer.status) else { throw self.failure(of: request, answer) }
        guard let etag = answer.headers.first(name: "etag") else {
            throw self.unexpectedAnswer(to: request, answer, "it has no ETag")
        }
        return ObjectVersion(
            etag: ObjectVersion.unquoted(etag),
            size: answer.headers.first(name: "content-length").flatMap { Int($0) },
            secondsSinceModified: Self.secondsSinceModified(answer)
        )
    }

    private static func secondsSinceModified(_ answer: HTTPAnswer) -> Int64? {
        func date(_ name: String) -> Int64? {
            answer.headers.first(name: name).flatMap { HTTPDate.secondsSince1970($0) }
        }
        guard let now = date("date"), let modified = date("last-modified") else { return nil }
        return max(0, now - modified)
    }

    /// Whether a 404 is about the object: not about the bucket, nor from something that is no S3 server.
    func saysMissing(_ answer: HTTPAnswer) -> Bool {
        guard answer.status == 404 else { return false }
        return answer.body.readableBytes == 0 || S3ErrorBody(answer.bodyBytes).code == "NoSuchKey"
    }

    func isValidKey(_ key: String) -> Bool {
        ObjectKey.isValid(key) && self.address.keyStart.utf8.count + key.utf8.count <= ObjectKey.maxBytes
    }

    func checkKey(_ key: String, _ operation: ObjectStoreError.Operation) throws {
        guard self.isValidKey(key) else {
            throw ObjectStoreError.invalidKey(key, operation: operation, store: self.description)
        }
    }

    func request(
        _ operation: ObjectStoreError.Operation,
        _ method: HTTPMethod,
        key: String
    ) -> S3Request {
        S3Request(
            operation: operation,
            key: key,
            method: method,
            path: self.address.objectPathStart + Percent.encoded(key, keepsSlash: true),
            headers: [("host", self.address.host)]
        )
    }

    /// - Returns: Also the ETag that the object will have, where its bytes are at hand.
    func putRequest(_ object: ObjectUpload) -> S3Request {
        var request = self.request(.put, .PUT, key: object.key)
        var headers: [SignedHeader] = []
        headers.reserveCapacity(12)
        if let cacheControl = object.cacheControl { headers.append(("cache-control", Self.singleSpaced(cacheControl))) }
        if let encoding = object.contentEncoding { headers.append(("content-encoding", Self.singleSpaced(encoding))) }
        switch object.body {
        case .bytes(let bytes):
            if object.sendsMD5 {
                let md5 = Insecure.MD5.hash(data: bytes)
                headers.append(("content-md5", Data(md5).base64EncodedString()))
            }
            request.body = .buffer(ByteBuffer(bytes: bytes))
            request.payloadHash = object.sha256 ?? Hexadecimal.text(Array(SHA256.hash(data: bytes)))
        case .file(let file):
            // Its SHA-256 is signed, and known to be right before the last piece is sent.
            request.body = .file(file)
            request.payloadHash = file.sha256
        }
        headers.append(("content-type", Self.singleSpaced(object.contentType)))
        headers.append(("host", self.address.host))
        switch object.condition {
        case .none: break
        case .ifNoneMatch: headers.append(("if-none-match", "*"))
        case .ifMatch(let etag): headers.append(("if-match", "\"\(etag)\""))
        }
        request.headers = headers
        return request
    }

    /// Reads a body as a whole once more: only where an answer got lost.
    private static func etag(of body: ObjectBody) throws -> String {
        switch body {
        case .bytes(let bytes): return Hexadecimal.text(Array(Insecure.MD5.hash(data: bytes)))
        case .file(let file):
            let body = try FileBody(file, hasETag: true)
            while try !body.next().isLast {}
            return body.etag
        }
    }

    /// A header's value as it is signed: the signature counts a run of spaces as one, and none at the ends.
    private static func singleSpaced(_ value: String) -> String {
        let space = UInt8(ascii: " ")
        // By bytes: a text is searched for another one by characters, for each object anew.
        let isSingleSpaced =
            value.utf8.first != space && value.utf8.last != space
            && !zip(value.utf8, value.utf8.dropFirst()).contains { $0 == space && $1 == space }
        return isSingleSpaced ? value : value.split(separator: " ").joined(separator: " ")
    }
}
