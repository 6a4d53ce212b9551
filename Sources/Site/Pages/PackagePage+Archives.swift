import Composer
import Store

extension PackagePage {
    /// The most archives that a table lists.
    private static let mostArchives = 1_000

    /// Archives by the key that an address ends with; of several with the same bytes the last that became known first.
    static func byKey(_ archives: [ArchiveState]) -> [String: [ArchiveState]] {
        Dictionary(grouping: archives.filter { $0.stored != nil }) { $0.stored?.key ?? "" }
    }

    /// What is known of the archive that a version names; nil where that is none of ours.
    static func archive(of version: PublishedVersions.Version, _ byKey: [String: [ArchiveState]]) -> ArchiveState? {
        guard let address = version.archive else { return nil }
        // As many parts as a key of an archive has.
        let key = address.split(separator: "/").suffix(4).joined(separator: "/")
        let same = byKey[key] ?? []
        let normalized = Version.normalize(version.version)
        return same.first { $0.version == normalized } ?? same.first
    }

    /// How large it is, its hash, when it was fetched and from where.
    func details(_ archive: ArchiveState?) -> [HTML] {
        guard let archive, let stored = archive.stored else {
            return [.nothing, .nothing, "<span class=\"muted\">upstream's</span>"]
        }
        let from = stored.fetchedFrom
        let place: HTML =
            from.hasPrefix("https://") || from.hasPrefix("http://")
            ? "<a href=\"\(from)\" rel=\"noopener\"><bdi>\(from.split(separator: "/").dropFirst().first ?? "")</bdi></a>"
            : "<bdi>\(from)</bdi>"
        let header: HTML? = stored.headerVersion.flatMap { header in
            Version.normalize(header) == archive.version
                ? nil : "<span class=\"under\">its header says <bdi>\(header)</bdi></span>"
        }
        return [
            "\(Format.bytes(stored.bytes))",
            "\(stored.sha256.map(HTML.hash) ?? "<span class=\"muted\">unknown</span>")\(header)",
            "\(HTML.time(stored.fetchedAtMilliseconds, now: self.now)) from \(place)",
        ]
    }

    /// Versions that upstream has and whose archives are not there, or not named yet, and what became of them.
    var waitingArchives: HTML {
        let waiting = self.package.archives.filter { $0.isDue || $0.isListed && $0.stored?.isUnconfirmed == true }
        guard !waiting.isEmpty else { return .nothing }
        let published = Set(self.released.versions.compactMap { Version.normalize($0.version) })
        let rows = waiting.prefix(Self.mostArchives).map { archive -> Table.Row in
            let next: HTML? =
                archive.isDue
                ? "<span class=\"under\">next try \(HTML.due(archive.dueAtMilliseconds, now: self.now))</span>" : nil
            let isPublished = published.contains(archive.version)
            return Table.Row(
                head: "<bdi>\(archive.version)</bdi>",
                cells: [
                    "<code><bdi>\(archive.reference ?? "")</bdi></code>", "\(self.reason(archive))\(next)",
                    isPublished ? HTML.badge(.busy, "published with another") : HTML.badge(.warning, "left out"),
                ]
            )
        }
        let table = Table(
            label: "Missing archives",
            caption: "Versions that upstream lists, by their normal form, and why they have no archive of ours yet",
            columns: [
                .init("Version", .version), .init("Reference"), .init("Why", .wrapping), .init("The version is"),
            ],
            rows: rows
        )
        return """
            <section aria-labelledby="missing"><h2 id="missing">Missing archives <span class="count">\
            \(Format.number(waiting.count))</span></h2>
            \(table.html)</section>
            """
    }

    private func reason(_ archive: ArchiveState) -> HTML {
        if archive.isAbsent, let since = archive.absentSinceMilliseconds {
            return """
                upstream has none of it, first noticed \(HTML.time(since, now: self.now)): \
                <bdi>\(archive.lastError ?? "")</bdi>
                """
        }
        if let error = archive.lastError { return "<bdi>\(error)</bdi>" }
        return archive.stored == nil
            ? "to be fetched" : "fetched; waits for a <code>discover</code> that sees nothing new of the package"
    }
}
