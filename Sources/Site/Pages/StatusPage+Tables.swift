import Composer
import Facts
import Store

extension StatusPage {
    /// How far each source is behind its upstream.
    var sources: HTML {
        Table(
            label: "Sources",
            caption: "What was taken in from upstream, up to where",
            columns: [
                .init("Source"), .init("Position", .number), .init("Made"), .init("Checked"),
                .init("Listing compared"), .init("Active", .number), .init("Closed", .number),
                .init("Missing", .number), .init("Due", .number), .init("Behind", .number),
            ],
            rows: self.state.sources.map { source in
                func count(_ state: PackageState) -> HTML {
                    "\(Format.number(self.census.packages[source.name]?[state.rawValue] ?? 0))"
                }
                let offer: HTML? = source.offer.map { "<span class=\"under\">\($0)</span>" }
                let work: HTML? = source.leasedBy.map { " (\(HTML.run($0)) is at work)" }
                return Table.Row(
                    head: "\(source.name)\(offer)\(work)",
                    cells: [
                        "\(source.cursor?.description ?? "none")",
                        HTML.time(source.cursorAtMilliseconds, now: self.now, none: "unknown"),
                        HTML.time(source.checkedAtMilliseconds, now: self.now),
                        HTML.time(source.reconciledAtMilliseconds, now: self.now),
                        count(.active), count(.closed), count(.missing), "\(Format.number(source.due))",
                        "\(Format.number(source.behind))",
                    ]
                )
            }
        ).html
    }

    var failureTable: HTML {
        if self.failures.isEmpty { return "<p class=\"empty\">Nothing.</p>" }
        let caption: HTML = """
            The next to be tried first; \(Format.count(self.state.failingPackages, "package")), \
            \(Format.count(self.state.failingDocuments, "document")) and \
            \(Format.count(self.census.archives.failing, "archive")) in all
            """
        return FailureTable(failures: self.failures, now: self.now, caption: caption).html
    }
}
