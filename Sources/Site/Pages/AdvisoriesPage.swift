import Facts
import Store

extension PageRoutes {
    /// The feeds whose advisories are shown, in their order.
    func advisoryFeeds() async throws -> [SourceName] {
        try await self.store.advisoryFeedsInUse(named: self.settings.advisoryFeeds)
    }

    /// `/advisories`: what became known of vulnerable versions last, and what was closed.
    func advisories(_ query: QueryParameters) async throws -> Page {
        let page = query.page(last: AdvisoriesPage.mostPages)
        let closures = query.number("closures", last: AdvisoriesPage.mostPages)
        let feeds = try await self.advisoryFeeds()
        let perPage = AdvisoriesPage.perPage
        let content = AdvisoriesPage(
            isFed: !feeds.isEmpty,
            changes: try await self.store.advisoryChanges(
                feeds: feeds,
                limit: perPage + 1,
                offset: (page - 1) * perPage
            ),
            page: page,
            closed: try await self.store.closedPackages(limit: perPage + 1, offset: (closures - 1) * perPage),
            closures: closures,
            now: try await self.store.now()
        )
        return Page(title: "Advisories", section: .advisories, nowMilliseconds: content.now, body: content.body)
    }
}

/// The content of the page of advisories and closures.
struct AdvisoriesPage {
    static let perPage = 50
    /// Later pages cost more than anybody gains from them: each is read from the first one on.
    static let mostPages = 200

    /// Whether there are feeds at all.
    let isFed: Bool
    /// One more than are shown, where there are more.
    let changes: [AdvisoryState]
    let page: Int
    let closed: [ClosedPackage]
    /// The number of the page of closures.
    let closures: Int
    let now: Int64

    var body: HTML {
        """
        <h1>Advisories</h1>
        <p class="lead">What became known of vulnerable versions last, and what upstream has closed. Also as \
        <a href="/advisories.atom">Atom feed</a>; <code>packline audit</code> looks at what a project has installed.</p>
        <section aria-labelledby="changes"><h2 id="changes">Changes of advisories</h2>\(self.changeTable)
        \(self.pages(self.page, self.changes.count > Self.perPage, "advisories") { [("page", $0), ("closures", Self.number(self.closures))] })
        </section>
        <section aria-labelledby="closures"><h2 id="closures">Closed packages</h2>\(self.closureTable)
        \(self.pages(self.closures, self.closed.count > Self.perPage, "closed packages") { [("page", Self.number(self.page)), ("closures", $0)] })
        </section>
        """
    }

    private var changeTable: HTML {
        if self.changes.isEmpty {
            return self.isFed
                ? "<p class=\"empty\">\(self.page > 1 ? "There are not that many pages." : "None is known of packages that are here.")</p>"
                : "<p class=\"empty\">No feed of advisories is read: <code>PACKLINE_ADVISORY_FEEDS</code> names them.</p>"
        }
        let shown = self.changes.prefix(Self.perPage)
        let table = Table(
            label: "Changes of advisories",
            caption: "Of packages that are here, newest first; each advisory once, with its last change",
            columns: [
                .init("Package"), .init("Advisory", .wrapping), .init("Severity"), .init("Affected", .wrapping),
                .init("Change"), .init("When"),
            ],
            rows: shown.map { state in
                let text = AdvisoryText(state)
                return Table.Row(
                    head: "<a href=\"\(SitePath.package(state.package))\"><bdi>\(state.package)</bdi></a>",
                    cells: [
                        text.cell, text.severity, text.affected,
                        HTML.badge(state.change.tone, state.change.rawValue),
                        HTML.time(state.changedAtMilliseconds, now: self.now),
                    ]
                )
            }
        )
        return "\(table.html)\n\(AdvisoryText.attribution(of: shown.map(\.advisory)))"
    }

    private var closureTable: HTML {
        if self.closed.isEmpty {
            return "<p class=\"empty\">\(self.closures > 1 ? "There are not that many pages." : "None is closed.")</p>"
        }
        return Table(
            label: "Closed packages",
            caption: "As upstream says it, the last day first",
            columns: [.init("Package"), .init("Closed"), .init("Reason", .wrapping), .init("For good")],
            rows: self.closed.prefix(Self.perPage).map { package in
                let closure = package.closure
                return Table.Row(
                    head: "<a href=\"\(SitePath.package(package.label))\"><bdi>\(package.label)</bdi></a>",
                    cells: [
                        closure.date.map { "<bdi>\($0.prefix(10))</bdi>" } ?? "<span class=\"muted\">unknown</span>",
                        closure.reason.map { "<bdi>\($0)</bdi>" } ?? "<span class=\"muted\">not public</span>",
                        closure.isPermanent ? "yes" : "not said",
                    ]
                )
            }
        ).html
    }

    /// The number of a page in an address; nil for the first.
    private static func number(_ page: Int) -> String? { page == 1 ? nil : "\(page)" }

    private func pages(
        _ page: Int,
        _ hasMore: Bool,
        _ what: String,
        _ parameters: (String?) -> [(name: String, value: String?)]
    ) -> HTML {
        func link(_ number: Int, _ text: String, _ relation: HTML) -> HTML {
            "<a href=\"\(SitePath.with("/advisories", parameters(Self.number(number))))\"\(relation)>\(text)</a>"
        }
        let hasNext = hasMore && page < Self.mostPages
        if page == 1, !hasNext { return .nothing }
        return """
            <nav class="pages" aria-label="Pages of \(what)">\(page > 1 ? link(page - 1, "Newer", " rel=\"prev\"") : nil)\
            \(hasNext ? link(page + 1, "Older", " rel=\"next\"") : nil)</nav>
            """
    }
}

extension AdvisoryState.Change {
    var tone: Tone {
        switch self {
        case .new: .busy
        case .changed: .warning
        case .withdrawn: .quiet
        }
    }
}
