/// A statement that versions of a package are vulnerable, with everything that `composer audit` wants to be told of it.
///
/// The members are those of Composer's `SecurityAdvisory`.
package struct Advisory: Hashable, Sendable {
    /// Where the statement comes from, and what it is called there.
    package struct Source: Hashable, Sendable {
        package var name: String
        package var remoteID: String

        package init(name: String, remoteID: String) {
            self.name = name
            self.remoteID = remoteID
        }
    }

    package var id: String
    package var affectedVersions: VersionConstraint
    package var title: String
    /// In UTC: `2024-12-30 15:31:59`.
    package var reportedAt: String
    package var sources: [Source]
    package var cve: String?
    package var link: String?
    /// `low`, `medium`, `high` or `critical`; others are passed on as they are.
    package var severity: String?

    package init(
        id: String,
        affectedVersions: VersionConstraint,
        title: String,
        reportedAt: String,
        sources: [Source],
        cve: String? = nil,
        link: String? = nil,
        severity: String? = nil
    ) {
        self.id = id
        self.affectedVersions = affectedVersions
        self.title = title
        self.reportedAt = reportedAt
        self.sources = sources
        self.cve = cve
        self.link = link
        self.severity = severity
    }
}
