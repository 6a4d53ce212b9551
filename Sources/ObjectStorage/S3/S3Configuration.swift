import NIOCore
package import NIOHTTP1
package import Resilience
package import Transport
import Wire

/// How a bucket is reached.
package struct S3Configuration: Sendable {
    package var bucket: String
    /// Put before every key, followed by a slash; no slash at either end, empty for none.
    package var prefix: String
    /// nil means Amazon's endpoint of `region`.
    package var endpoint: S3Endpoint?
    /// Whether the bucket is the first segment of the path (`https://host/bucket/key`) and not part of the host's name
    /// (`https://bucket.host/key`).
    package var usesPathStyle: Bool
    /// What requests are signed for; `auto` for Cloudflare R2, and any text for most self-hosted stores.
    package var region: String
    package var credentials: any CredentialSource
    /// How many requests may be under way at once; fewer while the store asks for fewer.
    package var maxConcurrency: Int
    /// Of one try, from its start to the last byte of the answer, besides what ``minBytesPerSecond`` gives to large
    /// bodies.
    package var timeout: Duration
    /// How slowly the bodies of answers may come in, where a try may take longer than one window.
    package var pace = BodyPace()
    /// What a body, sent or received, may take is added to ``timeout`` at this rate.
    package static let minBytesPerSecond = 65_536
    package var retry: RetryPolicy
    /// The longest `Retry-After` that is waited for; a longer one ends the call with the error, so that the caller can
    /// come back later.
    package var maxRetryAfter: Duration
    /// Told of the headers of each answer.
    package var onAnswer: (@Sendable (HTTPHeaders) -> Void)?

    /// Scheme, host and port of what is asked.
    package var url: String { S3Address(self).origin }

    /// - Parameter usesPathStyle: nil means ``prefersPathStyle(bucket:endpoint:)``.
    package init(
        bucket: String,
        prefix: String = "",
        endpoint: S3Endpoint? = nil,
        usesPathStyle: Bool? = nil,
        region: String,
        credentials: any CredentialSource,
        maxConcurrency: Int = 256,
        timeout: Duration = .seconds(30),
        retry: RetryPolicy = RetryPolicy(maxAttempts: 5, base: .milliseconds(200), cap: .seconds(20)),
        maxRetryAfter: Duration = .seconds(60)
    ) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.usesPathStyle = usesPathStyle ?? Self.prefersPathStyle(bucket: bucket, endpoint: endpoint)
        self.region = region
        self.credentials = credentials
        self.maxConcurrency = maxConcurrency
        self.timeout = timeout
        self.retry = retry
        self.maxRetryAfter = maxRetryAfter
    }

    /// How long one try may take in all.
    func timeout(for request: S3Request) -> Duration {
        // Listings and refusals are small; an object may have as many bytes as the caller takes.
        let received = request.operation == .get ? min(request.maxAnswerBytes, 1 << 40) : 0
        let bytes = received + (request.body?.count ?? 0)
        return self.timeout + .seconds(bytes / Self.minBytesPerSecond)
    }

    /// Whether path style is the better guess.
    ///
    /// Every store but Amazon's takes it, and many of them take nothing else. At Amazon a dot in the bucket's name
    /// keeps the certificate from matching `bucket.s3.…`.
    package static func prefersPathStyle(bucket: String, endpoint: S3Endpoint?) -> Bool {
        guard let endpoint else { return bucket.contains(".") }
        return bucket.contains(".") || !endpoint.isAmazon
    }

    /// Whether a text can be a bucket's name: the characters that any known store allows.
    package static func isBucketName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { Percent.isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }
}

/// What requests are signed with.
package struct S3Credentials: Sendable, CustomStringConvertible, CustomReflectable {
    package var accessKey: String
    package var secretKey: String
    /// Of temporary credentials only.
    package var sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Names the key pair without giving it away.
    package var description: String { "S3Credentials(accessKey: \(self.accessKey.prefix(4))…)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where an S3 server listens: scheme, host, port and, rarely, a path before the bucket.
package struct S3Endpoint: Equatable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// In lower case; an IPv6 address is in brackets.
    package let host: String
    /// nil means the scheme's own.
    package let port: Int?
    /// Empty, or begins with a slash and does not end with one.
    package let path: String

    /// - Parameter text: `https://HOST`, `http://HOST:PORT`, `https://HOST/PATH`.
    /// - Throws: ``ObjectStorageSettingError`` when it is something else.
    package init(_ text: String) throws {
        guard !text.contains("@") else {
            throw ObjectStorageSettingError(
                value: nil,
                problem: "an S3 endpoint holds no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        }
        let scheme = text.prefix(8).lowercased()
        guard let start = ["https://", "http://"].first(where: scheme.hasPrefix) else {
            throw Self.error(text, "this is not an S3 endpoint")
        }
        let rest = text.dropFirst(start.count)
        let name = rest.prefix { $0 != "/" }
        guard let authority = Authority(name.utf8) else { throw Self.error(text, "this is not an S3 endpoint") }
        guard (1...65_535).contains(authority.port ?? 1) else {
            throw Self.error(text, "the port is not between 1 and 65535")
        }
        var path = rest.dropFirst(name.count)
        while path.hasSuffix("/") { path = path.dropLast() }
        guard path.utf8.allSatisfy({ Percent.isUnreserved($0) || $0 == UInt8(ascii: "/") }) else {
            throw Self.error(text, "the path has a character that it may not have")
        }
        self.isSecure = start == "https://"
        self.host = authority.host
        self.port = authority.port == (self.isSecure ? 443 : 80) ? nil : authority.port
        self.path = String(path)
    }

    private init(secureHost: String) {
        self.isSecure = true
        self.host = secureHost
        self.port = nil
        self.path = ""
    }

    /// Amazon's own endpoint of a region.
    package static func amazon(region: String) -> Self {
        Self(secureHost: "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")")
    }

    package var isAmazon: Bool { self.host.hasSuffix(".amazonaws.com") || self.host.hasSuffix(".amazonaws.com.cn") }

    package var description: String {
        "\(self.isSecure ? "https" : "http")://\(self.host)\(self.port.map { ":\($0)" } ?? "")\(self.path)"
    }

    private static func error(_ text: String, _ problem: String) -> ObjectStorageSettingError {
        ObjectStorageSettingError(value: text, problem: "\(problem); write https://HOST or http://HOST:PORT")
    }
}
