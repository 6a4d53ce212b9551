import Facts
import Store

extension StatusPage {
    /// Feeds that were read once, and not for a day.
    var staleFeeds: [SourceName] {
        self.state.feedsInUse(named: self.settings.advisoryFeeds).filter { name in
            let read = self.state.advisoryFeeds.first { $0.name == name.rawValue }?.readAtMilliseconds
            return read.map { self.now - $0 > 86_400_000 } ?? false
        }
    }

    /// How far each feed of advisories was taken in; nothing where none is.
    var advisoryFeeds: HTML {
        let known = Dictionary(
            self.state.advisoryFeeds.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let rows = self.state.feedsInUse(named: self.settings.advisoryFeeds).map { name -> Table.Row in
            let feed = known[name.rawValue]
            let atWork: HTML? = feed?.leasedBy.map { " (\(HTML.run($0)) is at work)" }
            return Table.Row(
                head: "\(name.rawValue)\(atWork)",
                cells: [
                    "\(Format.number(self.census.advisories.advisories[name.rawValue] ?? 0))",
                    HTML.time(feed?.readAtMilliseconds, now: self.now),
                    HTML.time(feed?.readWholeAtMilliseconds, now: self.now),
                    HTML.time(feed?.failingSinceMilliseconds, now: self.now, none: "not so"),
                    feed?.lastError.map { "<bdi>\($0)</bdi>" } ?? .nothing,
                ]
            )
        }
        if rows.isEmpty { return .nothing }
        let table = Table(
            label: "Feeds of advisories",
            caption: "What they have, of packages that are here or not, and how far each was taken in",
            columns: [
                .init("Feed"), .init("Advisories", .number), .init("Read"), .init("Read whole"),
                .init("Failing since"), .init("Last error", .wrapping),
            ],
            rows: rows
        )
        return """
            <section aria-labelledby="feeds"><h2 id="feeds">Feeds of advisories</h2>
            \(table.html)</section>
            """
    }
}
