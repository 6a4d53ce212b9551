import Crypto
import HTTPTypes
import Synchronization

/// Checks AWS Signature Version 4 in the `Authorization` header, for one key pair and any region.
///
/// Source: "Signature Calculations for the Authorization Header" in the Amazon S3 API reference. The service is `s3`;
/// paths are encoded once and not normalised, as S3 has it.
final class SignatureVerifier: Sendable {
    private let accessKey: String
    private let secret: String
    private let checksClock: Bool
    /// Signing keys by `date/region/service`: the same all day.
    private let keys = Mutex<[String: SymmetricKey]>([:])

    init(accessKey: String, secret: String, checksClock: Bool) {
        self.accessKey = accessKey
        self.secret = secret
        self.checksClock = checksClock
    }

    /// - Parameter nowSeconds: The time of day, which a request may miss by 15 minutes.
    /// - Throws: ``S3Error`` with the code that S3 gives.
    func verify(_ exchange: Exchange, authorization: String, nowSeconds: Int64) throws(S3Error) {
        let fields = try Self.parse(authorization)
        let scope = fields.credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Substring.init)
        guard scope.count == 5, scope[4] == "aws4_request", scope[3] == "s3" else {
            throw S3Error(.badRequest, "AuthorizationHeaderMalformed", "The credential's scope is not one of S3.")
        }
        guard scope[0] == self.accessKey else { throw .invalidKeyID }
        guard let date = exchange.headers[.amzDate], let seconds = CivilTime.parse(date) else {
            throw S3Error(.forbidden, "AccessDenied", "AWS authentication requires a valid x-amz-date header")
        }
        if self.checksClock, abs(seconds - nowSeconds) > 900 { throw .timeSkewed }

        let request = SignedRequest(
            method: exchange.method,
            target: exchange.parsedTarget,
            // The server keeps the host apart from the other headers.
            header: { $0 == "host" ? exchange.host : exchange.headerValue($0) }
        )
        let expected = self.signature(of: request, date: date, scope: scope[1...], signedHeaders: fields.signedHeaders)
        guard expected == fields.signature else { throw .signatureMismatch }
    }

    /// The signature that a request should have.
    ///
    /// - Parameter scope: Date, region, service and `aws4_request`.
    func signature(
        of request: SignedRequest,
        date: String,
        scope: ArraySlice<Substring>,
        signedHeaders: Substring
    ) -> String {
        let canonical = Self.canonicalRequest(request, signedHeaders: signedHeaders)
        var toSign: [UInt8] = []
        toSign.append("AWS4-HMAC-SHA256\n\(date)\n\(scope.joined(separator: "/"))\n")
        toSign.append(Hexadecimal.text(SHA256.hash(data: canonical)))
        return Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: toSign, using: self.key(scope)))
    }

    private struct Fields {
        var credential: Substring
        var signedHeaders: Substring
        var signature: Substring
    }

    private static func parse(_ authorization: String) throws(S3Error) -> Fields {
        let malformed = S3Error(.badRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
        guard authorization.hasPrefix("AWS4-HMAC-SHA256 ") else { throw malformed }
        var fields = Fields(credential: "", signedHeaders: "", signature: "")
        // Over bytes: walking by characters would cost more than the signature.
        for part in authorization.utf8.dropFirst(17).split(separator: UInt8(ascii: ",")) {
            let trimmed = part.drop { $0 == UInt8(ascii: " ") }
            guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")) else { throw malformed }
            let value = Substring(trimmed[trimmed.index(after: equals)...])
            switch Substring(trimmed[..<equals]) {
            case "Credential": fields.credential = value
            case "SignedHeaders": fields.signedHeaders = value
            case "Signature": fields.signature = value
            default: throw malformed
            }
        }
        return fields
    }

    private static func canonicalRequest(_ request: SignedRequest, signedHeaders: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(request.method)
        bytes.append(UInt8(ascii: "\n"))
        Self.appendCanonicalPath(request.target.rawPath, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        if !request.target.rawQuery.isEmpty { Self.appendCanonicalQuery(request.target.rawQuery, to: &bytes) }
        bytes.append(UInt8(ascii: "\n"))
        for name in signedHeaders.utf8.split(separator: UInt8(ascii: ";")).map(Substring.init) {
            bytes.append(name)
            bytes.append(UInt8(ascii: ":"))
            Self.appendHeader(request.header(name), to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(signedHeaders)
        bytes.append(UInt8(ascii: "\n"))
        let payload = request.header("x-amz-content-sha256")
        bytes.append(payload.isEmpty ? "UNSIGNED-PAYLOAD" : payload)
        return bytes
    }

    private static func appendCanonicalPath(_ rawPath: Substring, to bytes: inout [UInt8]) {
        if rawPath.utf8.allSatisfy({ PercentCoding.isUnreserved($0) || $0 == UInt8(ascii: "/") }) {
            bytes.append(rawPath)
        } else {
            bytes.append(PercentCoding.encode(PercentCoding.decode(rawPath), keepsSlash: true))
        }
    }

    private static func appendCanonicalQuery(_ rawQuery: Substring, to bytes: inout [UInt8]) {
        let pairs = rawQuery.split(separator: "&").map { pair -> (name: String, value: String) in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let encoded = parts.map { PercentCoding.encode(PercentCoding.decode($0), keepsSlash: false) }
            return (encoded[0], encoded.count > 1 ? encoded[1] : "")
        }
        let sorted = pairs.sorted { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        for (index, pair) in sorted.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes.append(pair.name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(pair.value)
        }
    }

    /// Without outer spaces, and with single ones inside.
    private static func appendHeader(_ value: String, to bytes: inout [UInt8]) {
        var wasSpace = true
        for byte in value.utf8 {
            let isSpace = byte == UInt8(ascii: " ")
            if !(isSpace && wasSpace) { bytes.append(byte) }
            wasSpace = isSpace
        }
        if wasSpace, bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
    }

    private func key(_ scope: ArraySlice<Substring>) -> SymmetricKey {
        let name = scope.joined(separator: "/")
        if let key = self.keys.withLock({ $0[name] }) { return key }
        var key = SymmetricKey(data: Array("AWS4\(self.secret)".utf8))
        for part in scope {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        self.keys.withLock { $0[name] = key }
        return key
    }
}
