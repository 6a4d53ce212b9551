import Composer
import Facts
import Store

/// What an advisory says, as pages show it.
struct AdvisoryText {
    let state: AdvisoryState
    /// nil for what this build can't read.
    let advisory: Advisory?

    init(_ state: AdvisoryState) {
        self.state = state
        self.advisory = state.advisory.advisory
    }

    var title: String { self.advisory?.title ?? self.state.advisory.id }

    /// What it is called by those who say it.
    var names: String {
        ([self.advisory?.cve, self.state.advisory.id].compactMap(\.self)).joined(separator: ", ")
    }

    /// Only an address of the web becomes a link.
    var link: String? {
        self.advisory?.link.flatMap { $0.hasPrefix("https://") || $0.hasPrefix("http://") ? $0 : nil }
    }

    /// The title with its link, and what it is called.
    var cell: HTML {
        let title: HTML =
            self.link.map { "<a href=\"\($0)\" rel=\"noopener\"><bdi>\(self.title)</bdi></a>" }
            ?? "<bdi>\(self.title)</bdi>"
        return "\(title)<span class=\"under\"><bdi>\(self.names)</bdi>, by \(self.state.advisory.feed.rawValue)</span>"
    }

    var severity: HTML {
        guard let severity = self.advisory?.severity else { return "<span class=\"muted\">unknown</span>" }
        let tone: Tone =
            switch severity.lowercased() {
            case "critical", "high": .bad
            case "medium": .warning
            default: .quiet
            }
        return HTML.badge(tone, String(severity.prefix(40)))
    }

    var affected: HTML { "<bdi>\(self.advisory?.affectedVersions.text ?? "")</bdi>" }

    /// Holders and licences of several, each once.
    static func attribution(of advisories: [KnownAdvisory]) -> HTML {
        let notices = advisories.notices.compactMap(\.advisoryNotice)
        if notices.isEmpty { return .nothing }
        let items = notices.map { notice -> HTML in
            let terms: HTML? = notice.url.flatMap { url in
                url.hasPrefix("https://") ? " <a href=\"\(url)\" rel=\"noopener\">Terms</a>" as HTML : nil
            }
            return "<p><bdi>\(notice.notice)</bdi> <bdi>\(notice.licence)</bdi>\(terms)</p>"
        }
        return "<details><summary>Whose advisories these are</summary>\(items)</details>"
    }
}
