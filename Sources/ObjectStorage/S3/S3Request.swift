import NIOCore
import NIOHTTP1
import Wire

/// One request to the store, complete but for what changes from try to try: the date and the signature.
struct S3Request: Sendable {
    /// SHA-256 of nothing.
    static let emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    var operation: ObjectStoreError.Operation
    /// The key as the caller named it.
    var key: String?
    var method: HTTPMethod
    /// Percent-encoded.
    var path: String
    /// Percent-encoded, parameters sorted by name, without `?`.
    var query = ""
    /// Sorted by name; `host` is among them, `x-amz-…` and `authorization` are added with the signature.
    var headers: [SignedHeader]
    var body: S3Body?
    var payloadHash = S3Request.emptyPayloadHash
    /// The most bytes that a successful answer may have.
    var maxAnswerBytes = 64 * 1_024
}

/// What a request sends.
enum S3Body: Sendable {
    case buffer(ByteBuffer)
    case file(ObjectFile)

    var count: Int {
        switch self {
        case .buffer(let buffer): buffer.readableBytes
        case .file(let file): file.size
        }
    }
}

/// Where a bucket's objects are found.
struct S3Address: Sendable {
    /// Scheme, host and port: `https://host:port`.
    let origin: String
    /// The `Host` header.
    let host: String
    /// The path of the bucket, percent-encoded.
    let bucketPath: String
    /// What comes before a key in a path, percent-encoded.
    let objectPathStart: String
    /// What comes before a key in the bucket, plain.
    let keyStart: String

    init(_ configuration: S3Configuration) {
        let endpoint = configuration.endpoint ?? .amazon(region: configuration.region)
        let host = configuration.usesPathStyle ? endpoint.host : "\(configuration.bucket).\(endpoint.host)"
        self.host = endpoint.port.map { "\(host):\($0)" } ?? host
        self.origin = "\(endpoint.isSecure ? "https" : "http")://\(self.host)"
        let bucketPath =
            configuration.usesPathStyle
            ? "\(endpoint.path)/\(Percent.encoded(configuration.bucket, keepsSlash: true))" : endpoint.path
        self.bucketPath = bucketPath.isEmpty ? "/" : bucketPath
        self.keyStart = configuration.prefix.isEmpty ? "" : configuration.prefix + "/"
        self.objectPathStart = "\(bucketPath)/\(Percent.encoded(self.keyStart, keepsSlash: true))"
    }
}
