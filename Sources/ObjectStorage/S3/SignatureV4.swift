import Crypto
import Wire

/// A header as it is sent and signed; the name is in lower case.
typealias SignedHeader = (name: String, value: String)

/// Signature Version 4, the `Authorization` header of every S3 request.
///
/// Source: "Authenticating Requests: Using the Authorization Header", Amazon S3 API reference. S3's variant: the path
/// is neither normalised nor encoded twice.
enum SignatureV4 {
    /// The value of the `Authorization` header.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded, as it is sent.
    ///   - query: Percent-encoded parameters in the order of their names' bytes, without `?`.
    ///   - headers: Every header that is signed, sorted by name; values have no space at either end.
    ///   - payloadHash: The SHA-256 of the body in lower-case hexadecimal.
    static func authorization(
        method: String,
        path: String,
        query: String,
        headers: [SignedHeader],
        payloadHash: String,
        accessKey: String,
        moment: SigningMoment
    ) -> String {
        var names: [UInt8] = []
        names.reserveCapacity(160)
        var request: [UInt8] = []
        request.reserveCapacity(1_024)
        request += method.utf8
        request.append(0x0A)
        request += path.utf8
        request.append(0x0A)
        request += query.utf8
        request.append(0x0A)
        for header in headers {
            if !names.isEmpty { names.append(UInt8(ascii: ";")) }
            names += header.name.utf8
            request += header.name.utf8
            request.append(UInt8(ascii: ":"))
            request += header.value.utf8
            request.append(0x0A)
        }
        request.append(0x0A)
        request += names
        request.append(0x0A)
        request += payloadHash.utf8

        let signature = Self.signature(ofRequest: request, moment: moment)
        var result: [UInt8] = []
        result.reserveCapacity(320)
        result += "AWS4-HMAC-SHA256 Credential=".utf8
        result += accessKey.utf8
        result.append(UInt8(ascii: "/"))
        result += moment.day.scope.utf8
        result += ", SignedHeaders=".utf8
        result += names
        result += ", Signature=".utf8
        result += signature.utf8
        return String(decoding: result, as: UTF8.self)
    }

    private static func signature(ofRequest request: [UInt8], moment: SigningMoment) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(192)
        text += moment.stringToSignStart.utf8
        text += Hexadecimal.text(Array(SHA256.hash(data: request))).utf8
        return Hexadecimal.text(Array(HMAC<SHA256>.authenticationCode(for: text, using: moment.day.key)))
    }
}
