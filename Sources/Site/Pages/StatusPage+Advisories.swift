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
        let rows = self.state.feedsInUse(named: self.settings.advisoryFeeds).map { name -> HTML in
            let feed = known[name.rawValue]
            let atWork: HTML? = feed?.leasedBy.map { " (\(HTML.run($0)) is at work)" }
            let error: HTML? = feed?.lastError.map { "<bdi>\($0)</bdi>" }
            return """
                <tr><th scope="row">\(name.rawValue)\(atWork)</th>
                <td class="number">\(Format.number(self.census.advisories.advisories[name.rawValue] ?? 0))</td>
                <td>\(HTML.time(feed?.readAtMilliseconds, now: self.now))</td>
                <td>\(HTML.time(feed?.readWholeAtMilliseconds, now: self.now))</td>
                <td>\(HTML.time(feed?.failingSinceMilliseconds, now: self.now, none: "not so"))</td>
                <td class="wrap">\(error)</td></tr>
                """
        }
        if rows.isEmpty { return .nothing }
        return """
            <section aria-labelledby="feeds"><h2 id="feeds">Feeds of advisories</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Feeds of advisories"><table>
            <caption>What they have, of packages that are here or not, and how far each was taken in</caption>
            <thead><tr><th scope="col">Feed</th><th scope="col" class="number">Advisories</th>
            <th scope="col">Read</th><th scope="col">Read whole</th><th scope="col">Failing since</th>
            <th scope="col">Last error</th></tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }
}
