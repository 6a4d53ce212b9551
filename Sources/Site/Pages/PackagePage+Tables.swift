import Composer
import Store

extension PackagePage {
    /// The most versions that a page lists.
    private static let mostVersions = 1_000

    /// What each document should say, what is live, and since when.
    var documents: HTML {
        if self.package.objects.isEmpty {
            return "<p class=\"empty\">None: <code>update</code> has not derived any.</p>"
        }
        let rows = self.package.objects.map { document -> HTML in
            let live: HTML =
                switch document.live {
                case .nothing: "<span class=\"muted\">nothing</span>"
                case .unknown: "<span class=\"muted\">unknown</span>"
                case .content(let hash): HTML.hash(hash)
                }
            let error: HTML? = document.lastError.map { error in
                """
                <span class="under bad-text"><bdi>\(error)</bdi>, next try \
                \(HTML.time(document.dueAtMilliseconds, now: self.now))</span>
                """
            }
            return """
                <tr><th scope="row"><a href="/\(document.path)"><bdi>\(document.path)</bdi></a>\(error)</th>
                <td>\(DocumentTable.badge(document))</td>
                <td>\(document.contentHash.map(HTML.hash) ?? "<span class=\"muted\">none</span>")</td><td>\(live)</td>
                <td>\(HTML.time(document.changedAtMilliseconds, now: self.now))</td>
                <td>\(HTML.time(document.deployedAtMilliseconds, now: self.now))</td></tr>
                """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Documents"><table>
            <caption>SHA-256 of the bytes that each should have, and of those that are live</caption><thead><tr>
            <th scope="col">Document</th><th scope="col">State</th><th scope="col">Content</th><th scope="col">Live</th>
            <th scope="col">Derived</th><th scope="col">Published</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
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
        if all.isEmpty { return "<p class=\"empty\">None is published.</p>" }
        let ours = Self.byKey(self.package.archives)
        let affected = Set(self.advisories.flatMap(\.hits))
        let rows = all.prefix(Self.mostVersions).map { version -> HTML in
            let mark: HTML? = affected.contains(version.version) ? HTML.badge(.bad, "affected") : nil
            let details: HTML? = ours.isEmpty ? nil : self.details(Self.archive(of: version, ours))
            return """
                <tr><th scope="row" class="version"><bdi>\(version.version)</bdi> \(mark)</th><td>\(Self.day(version.time))</td>
                <td><code><bdi>\(version.reference ?? "")</bdi></code></td><td><bdi>\(version.php ?? "")</bdi></td>
                <td>\(Self.archive(version.archive))</td>\(details)</tr>
                """
        }
        let heads: HTML? =
            ours.isEmpty
            ? nil
            : """
            <th scope="col" class="number">Size</th><th scope="col">SHA-256</th><th scope="col">Fetched</th>
            """
        let caption: HTML =
            all.count > Self.mostVersions
            ? "The first \(Format.number(Self.mostVersions)) of \(Format.number(all.count)) versions"
            : "Versions as Composer sees them"
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Versions"><table><caption>\(caption)</caption>
            <thead><tr><th scope="col">Version</th><th scope="col">Released</th><th scope="col">Reference</th>
            <th scope="col">PHP</th><th scope="col">Archive</th>\(heads)</tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    private static func day(_ time: String?) -> HTML {
        guard let time else { return "<span class=\"muted\">unknown</span>" }
        return "<time datetime=\"\(time)\">\(time.prefix(10))</time>"
    }

    /// Only addresses of the web become links.
    private static func archive(_ address: String?) -> HTML {
        guard let address, address.hasPrefix("https://") || address.hasPrefix("http://") else {
            return "<bdi>\(address ?? "")</bdi>"
        }
        let file = address.split(separator: "?")[0].split(separator: "/").last ?? ""
        return "<a href=\"\(address)\" rel=\"noopener\"><bdi>\(file)</bdi></a>"
    }
}
