/// That and why upstream has closed a package.
package struct Closure: Equatable, Sendable {
    /// The day, as upstream writes it (`2024-03-21`).
    package var date: String?
    /// Upstream's code for the reason; nil while it is not public.
    package var reason: String?
    package var isPermanent: Bool

    package init(date: String? = nil, reason: String? = nil, isPermanent: Bool = false) {
        self.date = date
        self.reason = reason
        self.isPermanent = isPermanent
    }
}

/// What becomes of the documents of a closed package.
package enum ClosedPolicy: String, Sendable, CaseIterable {
    /// They stay, and say that it is closed, without versions.
    case tombstone
    /// They are withdrawn.
    case remove
    /// They stay, every version marked as abandoned.
    case abandon
    /// They stay as they were.
    case keep

    /// Whether documents of a closed package are derived from what is stored of it.
    package var keepsVersions: Bool { self == .abandon || self == .keep }
}
