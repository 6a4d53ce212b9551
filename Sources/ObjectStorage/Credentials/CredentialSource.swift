/// Where the credentials of a bucket come from.
package protocol CredentialSource: Sendable {
    /// Names the source with its file or URL, for logs and errors; never a secret.
    var description: String { get }

    /// Whether asking again can give other credentials.
    var isRefreshable: Bool { get }

    /// Asks once.
    ///
    /// - Throws: ``CredentialError``, `CancellationError`.
    func issue() async throws -> IssuedCredentials
}

/// Credentials with the time until which they hold.
package struct IssuedCredentials: Sendable {
    package var credentials: S3Credentials
    /// Unix time in seconds, nil when they hold until somebody revokes them.
    package var expiresAt: Int64?

    package init(credentials: S3Credentials, expiresAt: Int64?) {
        self.credentials = credentials
        self.expiresAt = expiresAt
    }
}

extension S3Credentials: CredentialSource {
    package var isRefreshable: Bool { false }
    package func issue() -> IssuedCredentials { IssuedCredentials(credentials: self, expiresAt: nil) }
}

/// Why a source gave no credentials.
package struct CredentialError: Error, Equatable, CustomStringConvertible {
    /// ``CredentialSource/description``.
    package var source: String
    package var problem: String
    package var remedy: String
    /// Whether asking again may help without anybody doing something.
    package var isRetryable = false

    package var description: String { "no credentials from \(self.source): \(self.problem); \(self.remedy)" }
}
