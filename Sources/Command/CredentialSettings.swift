import FoundationEssentials
package import ObjectStorage
package import Transport

/// Where the bucket's credentials come from: the first of these that is set.
///
/// 1. `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, with temporary keys, `AWS_SESSION_TOKEN`.
/// 2. `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, with `AWS_ROLE_SESSION_NAME` (default `packline`) and
///    `AWS_ENDPOINT_URL_STS`.
/// 3. `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `AWS_CONTAINER_CREDENTIALS_FULL_URI`, with
///    `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
/// 4. The metadata of the instance, where the endpoint is Amazon's.
package struct CredentialSettings: Sendable {
    package var accessKey: String?
    package var secretKey: String?
    package var sessionToken: String?
    package var webIdentityTokenFile: String?
    package var roleARN: String?
    package var roleSessionName = "packline"
    package var tokenServiceURL: String?
    /// Absolute.
    package var containerURL: String?
    package var containerToken = ContainerCredentials.Token.none

    package init() {}

    init(from reader: inout SettingsReader) {
        self.accessKey = reader.token("AWS_ACCESS_KEY_ID")
        self.secretKey = reader.token("AWS_SECRET_ACCESS_KEY")
        self.sessionToken = reader.token("AWS_SESSION_TOKEN")
        // Read again at each refresh: here it is the file that is the setting.
        self.webIdentityTokenFile = reader.plainText("AWS_WEB_IDENTITY_TOKEN_FILE")
        self.roleARN = reader.text("AWS_ROLE_ARN")
        self.roleSessionName = reader.text("AWS_ROLE_SESSION_NAME") ?? self.roleSessionName
        self.tokenServiceURL = reader.url("AWS_ENDPOINT_URL_STS")
        if let path = reader.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            if path.hasPrefix("/") {
                self.containerURL = ContainerCredentials.url(ofRelative: path)
            } else {
                reader.problems.append("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is '\(path)'; it begins with '/'")
            }
        } else {
            self.containerURL = reader.text("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        }
        if let file = reader.plainText("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            self.containerToken = .file(file)
        } else if let token = reader.headerText("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            self.containerToken = .value(token)
        }
        if self.webIdentityTokenFile != nil, self.roleARN == nil {
            reader.problems.append("AWS_WEB_IDENTITY_TOKEN_FILE is set, and its role is not: set AWS_ROLE_ARN")
        }
        if let url = self.containerURL, !ContainerCredentials.isAllowed(url) {
            reader.problems.append(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor http at this machine's loopback address, "
                    + "169.254.170.2, 169.254.170.23 or [fd00:ec2::23]"
            )
        }
    }

    private var hasSource: Bool {
        (self.accessKey != nil && self.secretKey != nil) || self.webIdentityTokenFile != nil || self.containerURL != nil
    }

    /// What keeps an S3 bucket from being used.
    func check(endpoint: S3Endpoint?, problems: inout [String]) {
        if (self.accessKey == nil) != (self.secretKey == nil) {
            problems.append(
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY_FILE) belong together: set both"
            )
        } else if !self.hasSource, endpoint.map({ !$0.isAmazon }) ?? false {
            problems.append(
                "PACKLINE_BUCKET_URL names an S3 bucket: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
                    + "(or AWS_SECRET_ACCESS_KEY_FILE)"
            )
        }
    }

    /// - Throws: ``ObjectStorageSettingError``.
    package func source(http: HTTPClients, region: String) throws -> any CredentialSource {
        if let accessKey = self.accessKey, let secretKey = self.secretKey {
            return S3Credentials(accessKey: accessKey, secretKey: secretKey, sessionToken: self.sessionToken)
        }
        if let file = self.webIdentityTokenFile, let role = self.roleARN {
            let service = self.tokenServiceURL ?? WebIdentityCredentials.amazonURL(region: region)
            return WebIdentityCredentials(
                http: http.client(for: URL(string: service)),
                tokenFile: file,
                roleARN: role,
                sessionName: self.roleSessionName,
                region: region,
                endpoint: service
            )
        }
        if let url = self.containerURL {
            // Over http they are asked for on this machine or its link alone.
            let http = url.hasPrefix("https:") ? http.client(for: URL(string: url)) : http.direct
            return try ContainerCredentials(http: http, url: url, token: self.containerToken)
        }
        return InstanceCredentials(http: http.direct)
    }
}
