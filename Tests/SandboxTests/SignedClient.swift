import Foundation

@testable import Sandbox

/// Signs requests to the test store.
///
/// The signatures themselves are checked against AWS's published examples.
struct SignedClient {
    let client: TestClient
    var accessKey = "sandbox"
    var secret = "sandboxsecret"
    /// Seconds that this client's clock is ahead.
    var clockOffset: Int64 = 0

    func put(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> TestClient.Answer {
        try await self.send("PUT", path, headers: headers, body: body)
    }

    func send(
        _ method: String,
        _ target: String,
        headers: [String: String] = [:],
        body: String = "",
        announcedBody: String? = nil
    ) async throws -> TestClient.Answer {
        let civil = CivilTime(seconds: Int64(Date().timeIntervalSince1970) + self.clockOffset)
        let day = civil.date.replacingOccurrences(of: "-", with: "")
        let stamp = "\(day)T\(civil.time.replacingOccurrences(of: ":", with: ""))Z"
        var sent = headers
        sent["host"] = "127.0.0.1:\(self.client.port)"
        sent["x-amz-date"] = stamp
        sent["x-amz-content-sha256"] = S3Tests.sha256(announcedBody ?? body)
        let request = SignedRequest(method: method, target: RequestTarget(target), header: { sent[String($0)] ?? "" })
        let verifier = SignatureVerifier(accessKey: self.accessKey, secret: self.secret, checksClock: false)
        let signed = "host;x-amz-content-sha256;x-amz-date"
        let scope = [day, "eu-west-1", "s3", "aws4_request"].map { Substring($0) }
        let signature = verifier.signature(of: request, date: stamp, scope: scope[...], signedHeaders: signed[...])
        let credential = "\(self.accessKey)/\(scope.joined(separator: "/"))"
        let authorization = "AWS4-HMAC-SHA256 Credential=\(credential), SignedHeaders=\(signed), Signature=\(signature)"
        sent["Authorization"] = authorization
        return try await self.client.send(method, target, headers: sent, body: body)
    }
}
