import Composer
import Store

extension PackagePage {
    /// The most versions that a page lists.
    static let mostVersions = 1_000

    /// What each document should say, what is live, and since when.
    var documents: HTML {
        if self.package.objects.isEmpty {
            return "<p class=\"empty\">None: <code>update</code> has not derived any.</p>"
        }
        return Table(
            label: "Documents",
            caption: "SHA-256 of the bytes that each should have, and of those that are live",
            columns: [
                .init("Document"), .init("State"), .init("Content"), .init("Live"), .init("Derived"),
                .init("Published"),
            ],
            rows: self.package.objects.map { document in
                let live: HTML =
                    switch document.live {
                    case .nothing: "<span class=\"muted\">nothing</span>"
                    case .unknown: "<span class=\"muted\">unknown</span>"
                    case .content(let hash): HTML.hash(hash)
                    }
                let error: HTML? = document.lastError.map { error in
                    """
                    <span class="under bad-text"><bdi>\(error)</bdi>, next try \
                    \(HTML.due(document.dueAtMilliseconds, now: self.now))</span>
                    """
                }
                return Table.Row(
                    head: "<a href=\"/\(document.path)\"><bdi>\(document.path)</bdi></a>\(error)",
                    cells: [
                        DocumentTable.badge(document),
                        document.contentHash.map(HTML.hash) ?? "<span class=\"muted\">none</span>", live,
                        HTML.time(document.changedAtMilliseconds, now: self.now),
                        HTML.time(document.deployedAtMilliseconds, now: self.now),
                    ]
                )
            }
        ).html
    }

    /// What Composer reported of installing it, day by day; nothing where nobody did.
    var installations: HTML {
        guard !self.downloads.isEmpty else { return .nothing }
        let today = self.now / 86_400_000
        let counts = Dictionary(self.downloads.map { ($0.day, $0.count) }, uniquingKeysWith: +)
        let days = (today - Int64(Self.daysOfDownloads) + 1)...today
        let bars = days.map { day in
            let label = String(Format.date(day * 86_400_000).dropFirst(5))
            return BarChart.Bar(label: label, value: counts[day] ?? 0)
        }
        let chart = BarChart(title: "Installed in \(Self.daysOfDownloads) days", unit: "times", bars: bars)
        return """
            <section aria-labelledby="installs"><h2 id="installs">Installs from here</h2>
            <div class="charts">\(chart.html)</div></section>
            """
    }

    var versions: HTML {
        let all = self.unreleased.versions + self.released.versions
        let ours = Self.byKey(self.package.archives)
        let affected = Set(self.advisories.flatMap(\.hits))
        let rows = all.prefix(Self.mostVersions).map { version -> Table.Row in
            let mark: HTML? = affected.contains(version.version) ? HTML.badge(.bad, "affected") : nil
            let details = ours.isEmpty ? [] : self.details(Self.archive(of: version, ours))
            return Table.Row(
                head: "<bdi>\(version.version)</bdi> \(mark)",
                cells: [
                    Self.day(version.time), version.reference.map { "<code><bdi>\($0)</bdi></code>" } ?? .nothing,
                    version.php.map { "<bdi>\($0)</bdi>" } ?? .nothing, Self.archive(version.archive),
                ] + details
            )
        }
        let caption: HTML =
            all.count > Self.mostVersions
            ? "The first \(Format.number(Self.mostVersions)) of \(Format.number(all.count)) versions"
            : "Versions as Composer sees them"
        let columns: [Table.Column] = [
            .init("Version", .version), .init("Released"), .init("Reference"), .init("PHP"), .init("Archive"),
        ]
        let more: [Table.Column] = [.init("Size", .number), .init("SHA-256"), .init("Fetched")]
        let table = Table(
            label: "Versions",
            caption: caption,
            columns: ours.isEmpty ? columns : columns + more,
            rows: Array(rows)
        )
        return """
            <section aria-labelledby="versions"><h2 id="versions">Versions <span class="count">\
            \(Format.number(all.count))</span></h2>
            \(table.html)</section>
            """
    }

    static func day(_ time: String?) -> HTML {
        guard let time else { return "<span class=\"muted\">unknown</span>" }
        return "<time datetime=\"\(time)\">\(time.prefix(10))</time>"
    }

    /// Only addresses of the web become links.
    private static func archive(_ address: String?) -> HTML {
        guard let address else { return .nothing }
        guard address.hasPrefix("https://") || address.hasPrefix("http://") else { return "<bdi>\(address)</bdi>" }
        let file = address.split(separator: "?")[0].split(separator: "/").last ?? ""
        return "<a href=\"\(address)\" rel=\"noopener\"><bdi>\(file)</bdi></a>"
    }
}
