import Facts
import Store

extension PageRoutes {
    private static let namesPerPage = 50

    /// `/who/{vendor}/{name}`: whose a name is, why, and which sources have it.
    func who(owns name: String) async throws -> Page {
        let report = try await self.store.report(onName: name, of: self.settings.owning)
        guard report.owner != nil || !report.holders.isEmpty else {
            throw NothingThere("No source owns or has \(report.name). Names are as in Composer: acme/site-kit.")
        }
        let now = try await self.store.now()
        let body: HTML = """
            <nav class="crumbs" aria-label="Where this is"><a href="/who">Owners of names</a></nav>
            <h1><bdi>\(report.name)</bdi></h1>
            <dl class="facts">
            <div><dt>Owner</dt><dd><bdi>\(report.owner ?? "nobody")</bdi></dd></div>
            <div><dt>Why</dt><dd><bdi>\(report.why(Format.utc) ?? "no source owns its vendor")</bdi></dd></div>
            <div><dt>Which sources have it</dt><dd><bdi>\(NameTable.holders(report))</bdi></dd></div>
            <div><dt>Published</dt><dd><bdi>\(report.published ?? "nothing")</bdi></dd></div>
            </dl>
            <ul class="links"><li><a href="\(SitePath.package(report.name))">The package</a></li></ul>
            """
        return Page(title: "Who owns \(report.name)", section: .packages, nowMilliseconds: now, body: body)
    }

    /// `/who`: names that several sources have.
    func sharedNames(_ query: QueryParameters) async throws -> Page {
        let (names, next) = try await self.store.sharedNames(
            of: self.settings.owning,
            after: query["after"],
            limit: Self.namesPerPage
        )
        let order = self.settings.owning.map(\.name.rawValue).joined(separator: ", ")
        let table: HTML =
            names.isEmpty
            ? "<p class=\"empty\">No \(query["after"] == nil ? "" : "further ")name is known of several sources.</p>"
            : NameTable(names: names).html
        let body: HTML = """
            <h1>Owners of names</h1>
            <p class="lead">Names that several sources have. One of them owns each; the others publish nothing under it. \
            The order of the sources: <bdi>\(order)</bdi>.</p>
            \(table)
            <nav class="pages" aria-label="Pages of names">
            \(next.map { "<a href=\"\(SitePath.with("/who", [("after", $0)]))\" rel=\"next\">Next</a>" as HTML })
            </nav>
            """
        return Page(
            title: "Owners of names",
            section: .packages,
            nowMilliseconds: try await self.store.now(),
            body: body
        )
    }
}

/// Names, one a row, with their owners.
struct NameTable {
    let names: [NameReport]

    static func holders(_ report: NameReport) -> String {
        report.holders.map { "\($0.source) (\($0.state.rawValue))" }.joined(separator: ", ")
    }

    var html: HTML {
        Table(
            label: "Names of several sources",
            caption: "Names of several sources",
            isCaptionHidden: true,
            columns: [
                .init("Name"), .init("Owner", .wrapping), .init("Which sources have it", .wrapping), .init("Published"),
            ],
            rows: self.names.map { report in
                Table.Row(
                    head: "<a href=\"\(SitePath.owner(report.name))\"><bdi>\(report.name)</bdi></a>",
                    cells: [
                        """
                        <bdi>\(report.owner ?? "nobody")</bdi>\
                        <span class="under"><bdi>\(report.why(Format.utc) ?? "")</bdi></span>
                        """,
                        "<bdi>\(Self.holders(report))</bdi>", "<bdi>\(report.published ?? "nothing")</bdi>",
                    ]
                )
            }
        ).html
    }
}
