package import Upstream

extension HostCredential {
    /// What GitHub's API takes a token as
    /// (https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api).
    package static func gitHub(token: String) -> Self {
        Self(origin: ArchiveAddress.gitHubAPI, name: "Authorization", value: "Bearer \(token)")
    }
}
