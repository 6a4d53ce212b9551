package import Archives
import Composer
package import Facts
package import Upstream

/// Which archives of a source's packages are kept in the bucket, and what is published of a version before its own is
/// there.
package struct ArchivePolicy: Equatable, Sendable {
    /// What becomes of a version that wants an archive and never had one.
    package enum UntilArchived: String, Sendable, CaseIterable {
        /// It is published with upstream's.
        case upstream
        /// It is not published.
        case hold
    }

    /// What becomes of a version that upstream lists, and has said for a day to have no archive of.
    package enum Missing: String, Sendable, CaseIterable {
        /// It is not published: what is published can be installed.
        case leaveOut = "leave-out"
        /// It is published with upstream's address, whether that answers or not.
        case upstream
    }

    /// What the keys of archives are below, absolute and without a slash at its end.
    package var url: String
    /// Only so many of a package's newest versions; nil is all.
    package var latest: Int?
    package var isStableOnly = false
    /// Names and patterns of packages in lower case; nil is all.
    package var only: [String]?
    package var exclude: [String] = []
    /// Bytes that an archive may have; nil is any number.
    package var maxBytes: Int64?
    package var untilArchived = UntilArchived.upstream
    package var missing = Missing.leaveOut

    package init(url: String) { self.url = url }

    /// Raised whenever the same archives give other documents than before.
    private static let version = 1

    /// Names all that documents, and what is fetched for them, are chosen by.
    var fingerprint: String {
        let numbers = [self.latest.map(Int64.init), self.maxBytes].map { $0.map(String.init) ?? "-" }
        let lists = [
            self.only.map { $0.sorted().joined(separator: ",") } ?? "-", self.exclude.sorted().joined(separator: ","),
        ]
        let words = [self.url, self.untilArchived.rawValue, self.missing.rawValue, "\(self.isStableOnly)"]
        return (["\(Self.version)"] + words + numbers + lists).joined(separator: " ")
    }

    /// Whether archives of a package are kept.
    package func selects(package name: String) -> Bool {
        func isAmong(_ entries: [String]) -> Bool { entries.contains { NamePattern.matches(name, $0) } }
        return (self.only.map(isAmong) ?? true) && !isAmong(self.exclude)
    }
}

/// What of archives is set.
package struct ArchiveSettings: Equatable, Sendable {
    /// Of the sources whose archives are kept.
    package var policies: [SourceName: ArchivePolicy] = [:]
    /// Of the sources whose archives `serve` fetches when they are asked for; their documents stay as they are.
    package var lazy: [SourceName: ArchivePolicy] = [:]
    /// Bytes that all of them together may have in the bucket; nil is any number.
    package var budgetBytes: Int64?
    /// The folder in which larger archives are put together; nil is the system's own.
    package var temporaryFolder: String?
    /// Bytes that all of them together may have there.
    package var temporaryBytes = 2 << 30
    /// Of hosts that want any.
    package var credentials: [HostCredential] = []
    /// Those whose addresses have a meaning.
    package var gitHubs = [GitHub.com]

    package init() {}
}
