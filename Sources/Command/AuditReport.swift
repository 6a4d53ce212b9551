import Composer
import Facts
import Foundation
import Pipeline
import Store
import Wire

/// What was found, as it is printed.
struct AuditReport: Encodable {
    struct Feed: Encodable {
        var name: String
        /// When it was last read, nil for never.
        var readAt: String?
        var error: String?

        init(_ name: SourceName, _ states: [PipelineState.AdvisoryFeed]) {
            let state = states.first { $0.name == name.rawValue }
            self.name = name.rawValue
            self.readAt = state?.readAtMilliseconds.map { StatusText.time($0) }
            self.error = state?.lastError
        }
    }

    struct Finding: Encodable {
        var package: String
        var version: String
        var advisory: String
        var title: String
        var affected: String
        var severity: String?
        var cve: String?
        var link: String?
    }

    struct ClosedPackage: Encodable {
        var package: String
        var reason: String?
        var date: String?
    }

    struct Project: Encodable {
        var file: String
        var packages: Int
        /// Packages that this database knows nothing of: nothing can be said of them.
        var unknown: [String]
        var affected: [Finding]
        var closed: [ClosedPackage]
        /// Of the advisories that were found.
        var notices: [Notice] = []

        private enum CodingKeys: CodingKey { case file, packages, unknown, affected, closed }
    }

    /// What has to go with copies of what is in here, and so with this.
    struct Notice: Codable, Hashable {
        var notice: String
        var license: String?
        var licenseURL: String?

        private enum CodingKeys: String, CodingKey {
            case notice, license
            case licenseURL = "license_url"
        }
    }

    var feeds: [Feed]
    var projects: [Project]
    var attribution: [Notice]

    init(feeds: [Feed], projects: [Project]) {
        self.feeds = feeds
        self.projects = projects
        var noticed: Set<Notice> = []
        self.attribution = projects.flatMap(\.notices).filter { noticed.insert($0).inserted }
    }

    func isFound(countsClosed: Bool) -> Bool {
        self.projects.contains { !$0.affected.isEmpty || countsClosed && !$0.closed.isEmpty }
    }
}

extension AuditReport.Project {
    init(_ lock: LockedPackages, of file: String, _ store: Store, _ feeds: [SourceName]) async throws {
        let names = Set(lock.versions.map(\.name)).sorted()
        let known = try await store.advisories(ofNames: names, feeds: feeds)
        let closures = try await store.closures(ofNames: names)
        self.file = file
        self.packages = lock.versions.count
        self.unknown = names.filter { known[$0] == nil }
        var found: [(finding: AuditReport.Finding, advisory: KnownAdvisory)] = []
        for (name, version) in lock.versions {
            guard let normalized = Version.normalize(version) else { continue }
            found += (known[name] ?? []).eachOnce.compactMap { advisory in
                Self.finding(advisory, name, version, normalized).map { ($0, advisory) }
            }
        }
        self.affected = found.map(\.finding)
        self.notices = found.map(\.advisory).notices.compactMap {
            try? JSONDecoder().decode(AuditReport.Notice.self, from: Data($0))
        }
        self.closed = closures.sorted { $0.key < $1.key }.map { name, closure in
            AuditReport.ClosedPackage(package: name, reason: closure.reason, date: closure.date)
        }
    }

    private static func finding(
        _ known: KnownAdvisory,
        _ name: String,
        _ version: String,
        _ normalized: String
    ) -> AuditReport.Finding? {
        var reader = JSONReader(known.body)
        guard case .full(let advisory, _)? = try? AdvisoryEntry(reading: &reader),
            advisory.affectedVersions.matches(normalized: normalized)
        else { return nil }
        return AuditReport.Finding(
            package: name,
            version: version,
            advisory: advisory.id,
            title: advisory.title,
            affected: advisory.affectedVersions.text,
            severity: advisory.severity,
            cve: advisory.cve,
            link: advisory.link
        )
    }
}

extension AuditReport {
    /// For people.
    var text: String {
        var lines: [String] = []
        for project in self.projects {
            let count = project.affected.count
            lines.append(
                "\(project.file): \(project.packages.counted("package")), "
                    + (count == 0
                        ? "no affected version"
                        : "\(count.counted("advisory", "advisories")) for affected versions")
            )
            for finding in project.affected {
                lines.append("  \(finding.package) \(finding.version)  \(finding.severity ?? "severity unknown")")
                lines.append("    \(finding.title)")
                let names = [finding.cve, finding.advisory].compactMap(\.self).joined(separator: ", ")
                lines.append("    \(names); affected: \(finding.affected)")
                if let link = finding.link { lines.append("    \(link)") }
            }
            for closed in project.closed {
                let why = [closed.reason, closed.date].compactMap(\.self).joined(separator: ", ")
                lines.append("  \(closed.package) is closed\(why.isEmpty ? "" : " (\(why))")")
            }
            if !project.unknown.isEmpty {
                let shown = project.unknown.prefix(5).joined(separator: ", ")
                let more = project.unknown.count > 5 ? " and \((project.unknown.count - 5).grouped) more" : ""
                lines.append("  not known here, so nothing is said of them: \(shown)\(more)")
            }
        }
        for feed in self.feeds {
            let trouble = feed.error.map { "; the last try failed: \($0)" } ?? ""
            lines.append("by \(feed.name), read \(feed.readAt ?? "never")\(trouble)")
        }
        for notice in self.attribution {
            lines.append([notice.notice, notice.licenseURL].compactMap(\.self).joined(separator: " "))
        }
        // What feeds and lock files say makes no line of its own.
        return lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }.joined(separator: "\n")
    }
}
