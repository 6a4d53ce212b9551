/// That a plugin was closed.
///
/// It leaves no trace in Subversion: only the API shows it.
package struct SandboxClosure: Equatable, Sendable {
    /// `2024-10-17`.
    package var date: String
    /// `security-issue`, `author-request` …; nil while upstream does not say (it sends `false` then).
    package var reason: String?
    package var isPermanent: Bool

    package init(date: String, reason: String? = "author-request", isPermanent: Bool = false) {
        self.date = date
        self.reason = reason
        self.isPermanent = isPermanent
    }

    /// What upstream shows to readers: `security-issue` is "Security Issue".
    var reasonText: String? {
        self.reason.map { reason in
            reason.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
        }
    }
}
