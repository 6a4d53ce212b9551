package import Upstream

extension HostCredential {
    /// What GitHub's API takes a token as
    /// (https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api).
    package static func gitHub(_ gitHub: GitHub = .com, token: String) -> Self {
        Self(origin: gitHub.origin, name: "Authorization", value: "Bearer \(token)")
    }
}
