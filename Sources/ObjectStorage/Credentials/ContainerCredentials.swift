package import AsyncHTTPClient
import NIOHTTP1

/// Credentials from the service that a container is given: ECS tasks and EKS Pod Identity.
///
/// Source: "Container credential provider", AWS SDKs and Tools reference guide.
package struct ContainerCredentials: CredentialSource {
    /// Where the service's token is found.
    package enum Token: Sendable {
        case none
        case value(String)
        /// Read anew each time.
        case file(String)
    }

    private let http: HTTPClient
    private let url: String
    private let timeout: Duration
    private let token: Token

    package var description: String { "AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI (\(self.url))" }
    package let isRefreshable = true

    /// - Parameter url: Absolute; see ``isAllowed(_:)``.
    /// - Throws: ``ObjectStorageSettingError`` when credentials must not be asked for there.
    package init(http: HTTPClient, url: String, token: Token, timeout: Duration = .seconds(5)) throws {
        guard Self.isAllowed(url) else {
            throw ObjectStorageSettingError(
                value: url,
                problem: "credentials are asked for only over https, or over http at this machine's loopback address, "
                    + "169.254.170.2, 169.254.170.23 or [fd00:ec2::23]"
            )
        }
        self.http = http
        self.url = url
        self.token = token
        self.timeout = timeout
    }

    /// The URL of a path that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` names.
    package static func url(ofRelative path: String) -> String { "http://169.254.170.2\(path)" }

    /// Whether the token may be sent there: a secret must not leave the machine unencrypted.
    package static func isAllowed(_ url: String) -> Bool {
        guard
            let parts = url.wholeMatch(
                of: /(?i)(https?):\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(?:\/.*)?/
            ),
            (1...65_535).contains(parts.3.flatMap { Int($0) } ?? 80)
        else { return false }
        if parts.1.lowercased() == "https" { return true }
        let host = parts.2.lowercased()
        return ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(host)
            || host.wholeMatch(of: /127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/) != nil
    }

    package func issue() async throws -> IssuedCredentials {
        var request = CredentialRequest(
            source: self.description,
            url: self.url,
            headers: ["accept": "application/json", "user-agent": "packline"],
            timeout: self.timeout,
            remedy: "check that this container has a role, AWS_CONTAINER_CREDENTIALS_FULL_URI and "
                + "AWS_CONTAINER_AUTHORIZATION_TOKEN"
        )
        let token: String? =
            switch self.token {
            case .none: nil
            case .value(let value): value
            case .file(let path):
                try CredentialRequest.secret(
                    inFile: path,
                    source: self.description,
                    variable: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
                )
            }
        if let token {
            guard !token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                throw request.error("its token has a control character")
            }
            request.headers.add(name: "authorization", value: token)
        }
        return try request.credentials(inJSON: try await request.send(self.http))
    }
}
