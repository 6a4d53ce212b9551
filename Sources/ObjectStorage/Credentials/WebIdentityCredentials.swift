package import AsyncHTTPClient
import NIOHTTP1
import Wire

/// Credentials of a role for a token that Kubernetes or another identity provider keeps in a file.
///
/// Source: "AssumeRoleWithWebIdentity", AWS STS API reference. The request is not signed; the token is its proof.
package struct WebIdentityCredentials: CredentialSource {
    private let http: HTTPClient
    private let tokenFile: String
    private let roleARN: String
    private let sessionName: String
    private let endpoint: String
    private let timeout: Duration

    package var description: String {
        "AWS_WEB_IDENTITY_TOKEN_FILE (\(self.tokenFile), role \(self.roleARN), asked at \(self.endpoint))"
    }
    package let isRefreshable = true

    /// - Parameters:
    ///   - http: One that follows no redirect and does not decompress; shut down by its owner.
    ///   - tokenFile: Read anew each time: it is replaced before the token in it expires.
    ///   - endpoint: URL of the token service, nil for Amazon's of the region.
    package init(
        http: HTTPClient,
        tokenFile: String,
        roleARN: String,
        sessionName: String = "packline",
        region: String,
        endpoint: String? = nil,
        timeout: Duration = .seconds(10)
    ) {
        self.http = http
        self.tokenFile = tokenFile
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.timeout = timeout
        self.endpoint = endpoint ?? Self.amazonURL(region: region)
    }

    /// Amazon's token service of a region.
    package static func amazonURL(region: String) -> String {
        "https://sts.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
    }

    package func issue() async throws -> IssuedCredentials {
        let token = try CredentialRequest.secret(
            inFile: self.tokenFile,
            source: self.description,
            variable: "AWS_WEB_IDENTITY_TOKEN_FILE"
        )
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", self.roleARN),
            ("RoleSessionName", self.sessionName), ("WebIdentityToken", token),
        ]
        let body = parameters.map { "\($0)=\(Percent.encoded($1))" }.joined(separator: "&")
        let request = CredentialRequest(
            source: self.description,
            url: self.endpoint.hasSuffix("/") ? self.endpoint : "\(self.endpoint)/",
            method: .POST,
            headers: ["content-type": "application/x-www-form-urlencoded; charset=utf-8", "user-agent": "packline"],
            body: Array(body.utf8),
            timeout: self.timeout,
            remedy: "check AWS_ROLE_ARN, that the role trusts this token's issuer, and AWS_REGION"
        )
        return try Self.credentials(in: try await request.send(self.http), of: request)
    }

    private static func credentials(in body: [UInt8], of request: CredentialRequest) throws -> IssuedCredentials {
        var scanner = XMLScanner(body)
        var path: [String] = []
        var fields: [String: String] = [:]
        while let token = scanner.next() {
            switch token {
            case .open(let name): path.append(name)
            case .close: _ = path.popLast()
            case .text(let text):
                if path.count >= 2, path[path.count - 2] == "Credentials" { fields[path[path.count - 1]] = text }
            }
        }
        guard let accessKey = fields["AccessKeyId"], let secretKey = fields["SecretAccessKey"],
            let sessionToken = fields["SessionToken"], let expiration = fields["Expiration"]
        else { throw request.error("the answer is not one of a security token service") }
        return try request.credentials(accessKey, secretKey, token: sessionToken, expiration: expiration)
    }
}
