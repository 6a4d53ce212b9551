import Facts
import Store

extension PageRoutes {
    /// `/archives`: how many are there, what fails and why, and which versions are left out.
    func archives(_ query: QueryParameters) async throws -> Page {
        let page = ArchivesPage(
            census: try await self.reader.census().archives,
            budgetBytes: self.settings.archiveBudgetBytes,
            failing: try await self.store.failingArchives(limit: ArchivesPage.mostRows),
            absent: try await self.store.absentArchives(limit: ArchivesPage.mostRows),
            now: try await self.store.now()
        )
        return Page(title: "Archives", nowMilliseconds: page.now, body: page.body)
    }
}

/// The content of the page of archives.
struct ArchivesPage {
    static let mostRows = 100

    let census: ArchiveCensus
    let budgetBytes: Int64?
    let failing: [ArchiveState]
    let absent: [ArchiveState]
    let now: Int64

    var body: HTML {
        """
        <nav class="crumbs" aria-label="Where this is"><a href="/">Status</a></nav>
        <h1>Archives</h1>
        <p class="lead">\(self.sentence)</p>
        <dl class="facts">\(self.facts.map { name, value in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" as HTML })</dl>
        <section aria-labelledby="missing"><h2 id="missing">Missing</h2>\(self.sources)</section>
        <section aria-labelledby="failing"><h2 id="failing">What failed and is tried again</h2>
        \(self.table(self.failing, "Failures", "The next to be tried first"))</section>
        <section aria-labelledby="absent"><h2 id="absent">What upstream does not have</h2>
        <p class="measure">Upstream lists these versions, and has said for a day or longer that it has no archive of them. \
        A version that never had one is left out of its package's document, where <code>archives-missing</code> is \
        <code>leave-out</code>; it is back once its archive is there.</p>
        \(self.table(self.absent, "What upstream does not have", "The last that was found missing first"))</section>
        """
    }

    private var sentence: String {
        if !self.census.isAny { return "None are kept: upstream's are published." }
        if self.census.lost > 0 {
            let count = Format.count(self.census.lost, "archive is", "archives are")
            return "\(count) gone from the bucket that lock files may name: packline sync verify says which."
        }
        if self.census.isFull(budgetBytes: self.budgetBytes) {
            return "The budget is used up: nothing more is fetched before it is raised (PACKLINE_ARCHIVES_BUDGET_MB). "
                + "What is there stays."
        }
        let missing = self.census.allMissing
        return missing == 0
            ? "All archives that are wanted are there." : "\(Format.count(missing, "archive")) to be fetched."
    }

    private var facts: [(String, HTML)] {
        let budget: HTML? = self.budgetBytes.map { "<span class=\"muted\">of \(Format.bytes($0))</span>" }
        return [
            ("In the bucket", "\(Format.number(self.census.stored))"),
            ("Together", "\(Format.bytes(self.census.bytes)) \(budget)"),
            ("Missing", "\(Format.number(self.census.allMissing))"),
            ("Failing", "\(Format.number(self.census.failing))"),
            ("Not upstream either", "\(Format.number(self.census.absent))"),
            ("To be confirmed", "\(Format.number(self.census.unconfirmed))"),
            ("Lost", "\(Format.number(self.census.lost))"),
        ]
    }

    private var sources: HTML {
        if self.census.allMissing == 0 { return "<p class=\"empty\">None.</p>" }
        return Table(
            label: "Missing archives",
            caption: "Archives that are wanted and not there, those that fail among them",
            columns: [.init("Source"), .init("Archives", .number)],
            rows: self.census.missing.sorted { $0.key < $1.key }.map { source, count in
                Table.Row(head: "\(source)", cells: ["\(Format.number(count))"])
            }
        ).html
    }

    private func table(_ archives: [ArchiveState], _ label: String, _ caption: String) -> HTML {
        if archives.isEmpty { return "<p class=\"empty\">Nothing.</p>" }
        return Table(
            label: label,
            caption: "\(caption); at most \(Self.mostRows)",
            columns: [
                .init("Package"), .init("Version", .version), .init("Error", .wrapping),
                .init("Upstream has none since"), .init("Tries", .number), .init("Next try"),
            ],
            rows: archives.map { archive in
                Table.Row(
                    head: "<a href=\"\(SitePath.package(archive.package))\"><bdi>\(archive.package)</bdi></a>",
                    cells: [
                        "<bdi>\(archive.version)</bdi>", "<bdi>\(archive.lastError ?? "")</bdi>",
                        HTML.time(archive.absentSinceMilliseconds, now: self.now, none: "not so"),
                        "\(archive.attempts)", HTML.due(archive.dueAtMilliseconds, now: self.now),
                    ]
                )
            }
        ).html
    }
}
