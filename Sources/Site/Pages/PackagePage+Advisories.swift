import Composer
import Store

extension PackagePage {
    /// Versions of one advisory that are named; others are counted.
    private static let mostHits = 8

    /// What is known to be vulnerable of it, and which of its published versions are.
    var vulnerabilities: HTML {
        if self.advisories.isEmpty { return .nothing }
        let rows = self.advisories.map { advisory -> HTML in
            let text = advisory.text
            return """
                <tr><th scope="row">\(text.cell)</th><td>\(text.severity)</td>
                <td class="wrap">\(text.affected)</td><td class="wrap">\(self.hits(advisory))</td>
                <td>\(HTML.time(text.state.seenAtMilliseconds, now: self.now))</td></tr>
                """
        }
        return """
            <section aria-labelledby="advisories"><h2 id="advisories">Advisories <span class="count">\
            \(Format.number(self.advisories.count))</span></h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Advisories"><table>
            <caption>What is known of vulnerable versions, and which of those that are published it is about</caption>
            <thead><tr><th scope="col">Advisory</th><th scope="col">Severity</th><th scope="col">Affected</th>
            <th scope="col">Published and affected</th><th scope="col">Known here since</th></tr></thead>
            <tbody>\(rows)</tbody></table></div>
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
