import HTTPTypes
import Synchronization

/// The test store: buckets in memory behind the part of the S3 protocol that clients of small objects use.
final class S3Service: Sendable {
    private let objects: SandboxObjects
    private let verifier: SignatureVerifier
    private let settings: SandboxSettings
    private let requestNumber = Atomic<UInt64>(0)

    init(objects: SandboxObjects, settings: SandboxSettings) {
        self.objects = objects
        self.settings = settings
        self.verifier = SignatureVerifier(
            accessKey: settings.accessKey,
            secret: settings.secretKey,
            checksClock: settings.checksClock
        )
    }

    func reply(to exchange: Exchange, nowSeconds: Int64) -> Reply {
        let number = self.requestNumber.add(1, ordering: .relaxed).newValue
        let requestID = String(number &* 0x9e37_79b9_7f4a_7c15, radix: 16, uppercase: true)
        var reply: Reply
        do throws(S3Error) {
            try self.authorize(exchange, nowSeconds: nowSeconds)
            reply = try self.answer(exchange, nowSeconds: nowSeconds)
        } catch {
            reply = error.reply(resource: "/\(exchange.bucket ?? "")/\(exchange.key ?? "")", requestID: requestID)
        }
        reply.headers[.amzRequestID] = requestID
        return reply
    }

    private func authorize(_ exchange: Exchange, nowSeconds: Int64) throws(S3Error) {
        if let authorization = exchange.headers[.authorization] {
            try self.verifier.verify(exchange, authorization: authorization, nowSeconds: nowSeconds)
            return
        }
        let isRead = exchange.route == .s3Get || exchange.route == .s3Head || exchange.route == .website
        guard isRead, self.settings.allowsAnonymousReads else { throw .accessDenied }
    }

    private func answer(_ exchange: Exchange, nowSeconds: Int64) throws(S3Error) -> Reply {
        let bucket = exchange.bucket ?? ""
        let key = exchange.key ?? ""
        switch exchange.route {
        case .s3Put: return try self.put(bucket, key, exchange, nowSeconds: nowSeconds)
        case .s3Get, .website, .s3Head: return try self.get(bucket, key, exchange)
        case .s3Delete:
            self.objects.delete(bucket: bucket, key: key)
            return Reply(status: .noContent)
        case .s3List: return S3List.reply(to: exchange, bucket: bucket, objects: self.objects)
        case .s3HeadBucket: return Reply(headers: [.amzBucketRegion: "us-east-1"])
        case .s3MultiDelete: return try self.multiDelete(bucket, exchange)
        default:
            // Creating a bucket has no effect: every bucket exists.
            if exchange.method == "PUT", key.isEmpty { return Reply(headers: [.location: "/\(bucket)"]) }
            throw .notImplemented
        }
    }

    private func put(
        _ bucket: String,
        _ key: String,
        _ exchange: Exchange,
        nowSeconds: Int64
    ) throws(S3Error) -> Reply {
        let isConditional = exchange.headers[.ifMatch] != nil || exchange.headers[.ifNoneMatch] != nil
        if self.settings.refusesConditions, isConditional { throw .notImplemented }
        var object = try self.checkedObject(exchange, nowSeconds: nowSeconds)
        for field in exchange.headers where Self.isKept(field.name.canonicalName) {
            object.headers.append((field.name.rawName, field.value))
        }
        let outcome = self.objects.put(bucket: bucket, key: key, object, condition: self.condition(of: exchange))
        switch outcome {
        case .stored: return Reply(headers: [.eTag: object.eTag])
        case .conditionFailed: throw .preconditionFailed
        case .noSuchKey: throw .noSuchKey
        }
    }

    private func condition(of exchange: Exchange) -> SandboxObjects.Condition {
        if self.settings.ignoresConditions { return .none }
        if exchange.headers[.ifNoneMatch] == "*" { return .absent }
        if let eTag = exchange.headers[.ifMatch] { return .eTag(eTag.hasPrefix("\"") ? eTag : "\"\(eTag)\"") }
        return .none
    }

    private static func isKept(_ name: String) -> Bool {
        switch name {
        case "content-type", "cache-control", "content-encoding", "content-disposition", "content-language", "expires":
            true
        default: name.hasPrefix("x-amz-meta-")
        }
    }

    /// The body, once it agrees with the digests that came with it.
    private func checkedObject(_ exchange: Exchange, nowSeconds: Int64) throws(S3Error) -> StoredObject {
        let object =
            exchange.digests.map { StoredObject($0, lastModifiedSeconds: nowSeconds) }
            ?? StoredObject(exchange.body, lastModifiedSeconds: nowSeconds)
        if let announced = exchange.headers[.contentMD5], announced != Base64.encode(object.md5) { throw .badDigest }
        if let announced = exchange.headers[.amzContentSHA256] {
            if announced.hasPrefix("STREAMING-") { throw .notImplemented }
            if announced != "UNSIGNED-PAYLOAD", announced != object.sha256 { throw .contentHashMismatch }
        }
        return object
    }

    private func get(_ bucket: String, _ key: String, _ exchange: Exchange) throws(S3Error) -> Reply {
        guard let object = self.objects.object(bucket: bucket, key: key) else {
            if self.settings.hidesAbsence, exchange.headers[.authorization] == nil { throw .accessDenied }
            throw .noSuchKey
        }
        let modified = CivilTime(seconds: object.lastModifiedSeconds).http
        var headers: HTTPFields = [
            .eTag: object.eTag,
            .lastModified: modified,
            .acceptRanges: "bytes",
        ]
        for (name, value) in object.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        if headers[.contentType] == nil { headers[.contentType] = "binary/octet-stream" }
        if let condition = exchange.headers[.ifMatch], condition != "*", condition != object.eTag {
            throw .preconditionFailed
        }
        if let condition = exchange.headers[.ifNoneMatch] {
            if condition == "*" || condition.contains(object.eTag) {
                return Reply(status: .notModified, headers: headers)
            }
        } else if exchange.headers[.ifModifiedSince] == modified {
            return Reply(status: .notModified, headers: headers)
        }
        guard !object.isForgotten else {
            guard exchange.method == "HEAD" else { throw .bodyForgotten }
            headers[.contentLength] = "\(object.size)"
            return Reply(headers: headers)
        }
        guard let reply = Reply(headers: headers, body: .buffer(object.bytes)).ranged(for: exchange) else {
            throw .invalidRange
        }
        return reply
    }

    private func multiDelete(_ bucket: String, _ exchange: Exchange) throws(S3Error) -> Reply {
        _ = try self.checkedObject(exchange, nowSeconds: 0)
        let keys = S3List.keysToDelete(in: exchange.body)
        guard let keys, keys.count <= 1_000 else { throw .malformedXML }
        for key in keys { self.objects.delete(bucket: bucket, key: key) }
        let isQuiet = DAVRequest.elements(in: exchange.body).contains { $0.name == "Quiet" && $0.text == "true" }
        return S3List.deleted(isQuiet ? [] : keys)
    }
}
