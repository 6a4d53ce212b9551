import Composer
import Facts
import Wire

/// Makes advisories of Wordfence's records, as typisttech/wpsecadv does: one for each package that a record names.
struct WordfenceAdvisories {
    private(set) var advisories: [FeedAdvisory] = []
    private(set) var troubles = FeedTroubles()
    /// Records that were read, usable or not.
    private(set) var records = 0
    /// Of which something came of them.
    private(set) var usable = 0
    private var ids: Set<String> = []
    /// Most records have the same notices: each is kept once.
    private var notices: Set<AdvisoryNotice> = []

    /// Takes in a member of the feed.
    ///
    /// - Parameter bytes: Nil where there were too many.
    mutating func take(_ id: String, _ bytes: [UInt8]?) {
        self.records += 1
        guard self.ids.insert(id).inserted else { return self.troubles.note(.repeated, id) }
        guard Self.isID(id) else { return self.troubles.note(.unreadable, "\(id): no id") }
        guard let bytes, let record = try? WordfenceRecord(bytes), let title = record.title, !title.isEmpty,
            let reportedAt = record.published.flatMap(ReportTime.canonical(_:))
        else {
            let reason = bytes == nil ? "too large" : "no record with a title and a date"
            return self.leaveOut("WF/\(id)/", .unreadable, reason)
        }
        self.usable += 1
        if record.isInformational { self.troubles.note(.informational, id) }
        let notices = record.notices.map { self.notices.insert($0).memberAfterInsert }
        for (software, ranges) in Self.packages(record) {
            let subjects = Self.subjects(software)
            guard !subjects.isEmpty else {
                self.troubles.note(.otherSoftware, "\(id): \(software.type) '\(software.slug)'")
                continue
            }
            let advisoryID = "WF/\(id)/\(software.slug)"
            guard let affected = self.constraint(ranges, of: advisoryID) else { continue }
            let advisory = Advisory(
                id: advisoryID,
                affectedVersions: affected,
                title: title,
                reportedAt: reportedAt,
                sources: [Advisory.Source(name: "Wordfence", remoteID: id)],
                cve: record.cve.flatMap { $0.isEmpty ? nil : $0 },
                link: Self.link(record, id),
                severity: record.severity.flatMap { $0.isEmpty ? nil : $0.lowercased() }
            )
            guard advisory.isOfReasonableSize else {
                self.leaveOut(advisoryID, .unreadable, "more than \(Advisory.maxBytes) bytes of text")
                continue
            }
            for subject in subjects {
                self.advisories.append(FeedAdvisory(subject: subject, advisory: advisory, notices: notices))
            }
        }
    }

    private struct Package: Hashable {
        var type: String
        var slug: String
    }

    /// The ranges of each package, whose software may be in the record more than once; in the record's order.
    private static func packages(_ record: WordfenceRecord) -> [(Package, [AffectedRange])] {
        var places: [Package: Int] = [:]
        var packages: [(Package, [AffectedRange])] = []
        for software in record.software {
            let package = Package(type: software.type, slug: software.slug.lowercased())
            if let place = places[package] {
                packages[place].1 += software.ranges
            } else {
                places[package] = packages.count
                packages.append((package, software.ranges))
            }
        }
        return packages
    }

    private mutating func constraint(_ ranges: [AffectedRange], of id: String) -> VersionConstraint? {
        let affected = AffectedRanges(ranges)
        for range in affected.refused { self.leaveOut(id, .constraintsRefused, range.description) }
        guard let constraint = affected.constraint else {
            if ranges.isEmpty { self.leaveOut(id, .unreadable, "no versions are affected") }
            return nil
        }
        if affected.isMended { self.troubles.note(.constraintsMended, "\(id): \(constraint)") }
        return constraint
    }

    private mutating func leaveOut(_ id: String, _ kind: FeedTroubles.Kind, _ reason: String) {
        self.troubles.note(kind, "\(id): \(reason)")
        self.troubles.noteUnread(id)
    }

    /// The packages that a piece of software is: WordPress itself is two.
    private static func subjects(_ software: Package) -> [AdvisorySubject] {
        guard (1...200).contains(software.slug.utf8.count), software.slug.utf8.allSatisfy({ $0 > 0x20 }) else {
            return []
        }
        switch software.type {
        case "plugin": return [.package(SourceName("wordpress-plugins"), key: software.slug)]
        case "theme": return [.package(SourceName("wordpress-themes"), key: software.slug)]
        case "core" where software.slug == "wordpress":
            return ["wordpress", "wordpress-no-content"].map { .package(SourceName("wordpress-core"), key: $0) }
        // WordPress MU has been none of its own since 2010.
        default: return []
        }
    }

    /// The record's own page, which every copy has to link to.
    private static func link(_ record: WordfenceRecord, _ id: String) -> String {
        record.references.first { $0.hasPrefix("https://") && $0.contains(id) }
            ?? "https://www.wordfence.com/threat-intel/vulnerabilities/id/\(id)"
    }

    /// Ids go into those of advisories: UUIDs, as far as they are known.
    private static func isID(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 100 && id.utf8.allSatisfy { Percent.isUnreserved($0) }
    }
}
