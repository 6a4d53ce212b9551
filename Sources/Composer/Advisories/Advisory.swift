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

    /// Bytes of all its texts together, beyond which it is none: titles with whole licences in them have 2,000.
    package static let maxBytes = 64 << 10

    package var id: String
    package var affectedVersions: VersionConstraint
    package var title: String
    /// In UTC: `2024-12-30 15:31:59`.
    package var reportedAt: String
    package var sources: [Source]
    package var cve: String?
    /// An address of the web; nothing else is a link to a reader's terminal or browser.
    package private(set) var link: String?
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
        self.link = link.flatMap { Self.isLink($0) ? $0 : nil }
        self.severity = severity
    }

    private static func isLink(_ text: String) -> Bool {
        ["https://", "http://"].contains { text.lowercased().hasPrefix($0) }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    /// Whether it is within ``maxBytes``.
    package var isOfReasonableSize: Bool {
        let texts = [self.id, self.affectedVersions.text, self.title, self.cve, self.link, self.severity]
        let sources = self.sources.flatMap { [$0.name, $0.remoteID] }
        return (texts.compactMap(\.self) + sources).reduce(0) { $0 + $1.utf8.count } <= Self.maxBytes
    }
}
