package import AsyncHTTPClient
import NIOHTTP1
import Wire

/// Credentials of the role that an EC2 instance has, from its metadata service (IMDSv2).
///
/// Source: "Use the Instance Metadata Service to access instance metadata", Amazon EC2 user guide.
package struct InstanceCredentials: CredentialSource {
    private let http: HTTPClient
    private let url: String
    private let timeout: Duration

    package var description: String { "the instance's metadata (\(self.url))" }
    package let isRefreshable = true

    /// - Parameter timeout: For each of the three requests.
    package init(http: HTTPClient, url: String = "http://169.254.169.254", timeout: Duration = .seconds(2)) {
        self.http = http
        self.url = url
        self.timeout = timeout
    }

    package func issue() async throws -> IssuedCredentials {
        let token = try await self.text(
            self.request("/latest/api/token", .PUT, ["x-aws-ec2-metadata-token-ttl-seconds": "60"])
        )
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": token]
        let folder = "/latest/meta-data/iam/security-credentials/"
        let names = self.request(folder, .GET, headers)
        guard let role = try await self.text(names).split(whereSeparator: \.isNewline).first else {
            throw names.error("the instance has no role")
        }
        let request = self.request(folder + Percent.encoded(String(role)), .GET, headers)
        return try request.credentials(inJSON: try await request.send(self.http))
    }

    private func request(_ path: String, _ method: HTTPMethod, _ headers: HTTPHeaders) -> CredentialRequest {
        CredentialRequest(
            source: self.description,
            url: self.url + path,
            method: method,
            headers: headers,
            timeout: self.timeout,
            remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the instance a role"
        )
    }

    private func text(_ request: CredentialRequest) async throws -> String {
        let text = String(decoding: try await request.send(self.http), as: UTF8.self)
        guard text.utf8.allSatisfy({ $0 != 0 && $0 != 0x7F }), text.utf8.count <= 4_096 else {
            throw request.error("the answer is not text")
        }
        return text
    }
}
