/// A release of WordPress itself.
package struct SandboxCoreRelease: Equatable, Sendable {
    package var version: String
    /// `latest`, `outdated` or `insecure`.
    package var status: String
    /// What it needs, where upstream offers it: the newest of a branch.
    package var php: String?
    /// Whether its archives can be downloaded.
    package var hasArchives: Bool

    package init(_ version: String, _ status: String, php: String? = nil, hasArchives: Bool = true) {
        self.version = version
        self.status = status
        self.php = php
        self.hasArchives = hasArchives
    }

    /// A few, of which the oldest has no archive, as some upstream.
    static let few = [
        SandboxCoreRelease("6.6.2", "latest", php: "7.2.24"), SandboxCoreRelease("6.6.1", "insecure"),
        SandboxCoreRelease("6.5.5", "outdated", php: "7.0.0"),
        SandboxCoreRelease("1.0", "insecure", hasArchives: false),
    ]
}

extension SandboxWorld {
    /// The releases of WordPress itself, newest first.
    package var coreReleases: [SandboxCoreRelease] {
        get { self.withState { $0.core } }
        set { self.withState { $0.core = newValue } }
    }
}
