import Composer
import Store

extension PackagePage {
    /// Versions of one advisory that are named; others are counted.
    private static let mostHits = 8

    /// What is known to be vulnerable of it, and which of its published versions are.
    var vulnerabilities: HTML {
        if self.advisories.isEmpty { return .nothing }
        let table = Table(
            label: "Advisories",
            caption: "What is known of vulnerable versions, and which of those that are published it is about",
            columns: [
                .init("Advisory", .wrapping), .init("Severity"), .init("Affected", .wrapping),
                .init("Published and affected", .wrapping), .init("Known here since"),
            ],
            rows: self.advisories.map { advisory in
                let text = advisory.text
                return Table.Row(
                    head: text.cell,
                    cells: [
                        text.severity, text.affected, self.hits(advisory),
                        HTML.time(text.state.seenAtMilliseconds, now: self.now),
                    ]
                )
            }
        )
        return """
            <section aria-labelledby="advisories"><h2 id="advisories">Advisories <span class="count">\
            \(Format.number(self.advisories.count))</span></h2>
            \(table.html)
            \(AdvisoryText.attribution(of: self.advisories.map(\.text.state.advisory)))</section>
            """
    }

    private func hits(_ advisory: PackageAdvisory) -> HTML {
        if advisory.text.advisory == nil { return "<span class=\"muted\">unknown</span>" }
        if advisory.hits.isEmpty { return HTML.badge(.good, "none") }
        let named = advisory.hits.prefix(Self.mostHits).joined(separator: ", ")
        let others = advisory.hits.count - Self.mostHits
        return "<bdi>\(named)</bdi>\(others > 0 ? " and \(Format.number(others)) more" : "")"
    }
}

/// An advisory of a package, and the published versions that it is about.
struct PackageAdvisory {
    let text: AdvisoryText
    /// In the order in which the page lists versions; what is no version is in none.
    let hits: [String]

    static func list(_ states: [AdvisoryState], versions: [PublishedVersions.Version]) -> [Self] {
        if states.isEmpty { return [] }
        let normal = versions.compactMap { version in
            Version.normalize(version.version).map { (version: version.version, form: $0) }
        }
        return states.map { state in
            let text = AdvisoryText(state)
            let affected = text.advisory?.affectedVersions
            let hits = normal.filter { affected?.matches(normalized: $0.form) == true }.map(\.version)
            return Self(text: text, hits: hits)
        }
    }
}
