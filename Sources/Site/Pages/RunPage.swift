import Composer
import Facts
import Store

extension PageRoutes {
    /// `/runs/{id}`: what a run consumed, what it touched, and who consumed that.
    func run(_ id: String, _ query: QueryParameters) async throws -> Page {
        guard let number = Int64(id).map(RunID.init(_:)), let run = try await self.store.run(number) else {
            throw NothingThere("There is no run \(id). Runs are kept for 30 days after they end.")
        }
        let page = query.page()
        let offset = (page - 1) * RunPage.rowsPerPage
        let next = run.stage.next
        let consumed = try await self.store.runs(
            run.consumed.filter { $0 != number }.suffix(RunPage.mostRuns)
        )
        let content = RunPage(
            run: run,
            now: try await self.store.now(),
            page: page,
            consumed: consumed,
            round: try await self.store.round(of: run),
            failures: try await self.failures(of: run),
            consumers: next == nil
                ? [] : try await self.store.consumers(of: number, stage: next ?? .sync, limit: RunPage.mostRuns),
            packages: try await self.store.packages(
                touchedBy: number,
                stage: run.stage,
                limit: RunPage.rowsPerPage,
                offset: offset
            ),
            documents: try await self.store.objects(
                touchedBy: number,
                stage: run.stage,
                limit: RunPage.rowsPerPage,
                offset: offset
            )
        )
        return Page(
            title: "Run \(number), \(run.stage.rawValue)",
            section: .runs,
            nowMilliseconds: content.now,
            refresh: run.status == .running ? .init(seconds: 10) : nil,
            body: content.body
        )
    }
}

extension PageRoutes {
    private func failures(of run: Run) async throws -> [Failure] {
        let most = RunPage.rowsPerPage
        guard run.stage == .sync else { return try await self.store.failedPackages(of: run.id, limit: most) }
        let objects = try await self.store.failedObjects(of: run.id, limit: most)
        return objects + (try await self.store.failedArchives(of: run.id, limit: most - objects.count))
    }
}

/// The content of a run's page.
struct RunPage {
    static let rowsPerPage = 100
    /// The most runs that are listed before and after it.
    static let mostRuns = 25

    let run: Run
    let now: Int64
    let page: Int
    let consumed: [Run]
    /// The runs of its round, in the order of the stages.
    let round: [Run]
    /// What it was the last to try and failed at.
    let failures: [Failure]
    let consumers: [Run]
    let packages: (packages: [PackageSummary], total: Int)
    let documents: (objects: [ObjectState], total: Int)

    var body: HTML {
        let most = max(self.packages.total, self.documents.total)
        let last = (most + Self.rowsPerPage - 1) / Self.rowsPerPage
        return """
            <nav class="crumbs" aria-label="Where this is"><a href="/runs">Runs</a></nav>
            <h1>Run \(self.run.id) <span class="muted">\(self.run.stage.rawValue)</span></h1>
            <p class="verdict \(self.run.status.tone.rawValue)"><span class="dot" aria-hidden="true"></span>\
            \(self.run.status.rawValue)</p>
            \(self.run.error.map { "<p class=\"error after\"><bdi>\($0)</bdi></p>" as HTML })
            \(self.siblings)
            \(self.facts)
            \(self.failed)
            <section aria-labelledby="trail"><h2 id="trail">Trail</h2>\(self.trail)</section>
            \(self.run.counters.isEmpty ? nil : self.counters)
            \(self.run.stage == .sync ? nil : self.packageSection)
            \(self.run.stage == .discover ? nil : self.documentSection)
            \(Form.pages(SitePath.run(self.run.id), [], page: self.page, last: last, of: "what it touched"))
            """
    }

    private var facts: HTML {
        """
        <dl class="facts">
        <div><dt>Started</dt><dd>\(HTML.time(self.run.startedAtMilliseconds, now: self.now))</dd></div>
        <div><dt>Ended</dt><dd>\(HTML.time(self.run.finishedAtMilliseconds, now: self.now, none: "not yet"))</dd></div>
        <div><dt>Took</dt><dd>\(RunTable.duration(of: self.run, now: self.now))</dd></div>
        <div><dt>Worker</dt><dd><bdi>\(self.run.worker)</bdi></dd></div>
        <div><dt>Version</dt><dd>\(self.run.version)</dd></div>
        </dl>
        """
    }

    private var trail: HTML {
        func list(_ runs: [Run], _ none: String) -> HTML {
            if runs.isEmpty { return "<p class=\"muted\">\(none)</p>" }
            let items = runs.map { run -> HTML in
                """
                <li>\(HTML.run(run.id)) <span class="muted">\(run.stage.rawValue), \
                \(HTML.time(run.startedAtMilliseconds, now: self.now))</span></li>
                """
            }
            return "<ul class=\"links\">\(items)</ul>"
        }
        let gone = self.run.consumed.filter { $0 != self.run.id }.count - self.consumed.count
        let more: HTML? =
            gone > 0
            ? "<p class=\"muted\">and \(Format.count(gone, "run")) that is not shown or no longer kept</p>" : nil
        let before = self.run.stage == .discover ? "It reads upstream itself." : "Nothing of another run."
        let after =
            self.run.stage == .sync ? "It is the last: what it published is live." : "No run has taken its output yet."
        return """
            <div class="columns"><div><h3>It took the output of</h3>\(list(self.consumed, before))\(more)</div>
            <div><h3>Its output was taken by</h3>\(list(self.consumers, after))</div></div>
            """
    }

    private var counters: HTML {
        let rows = self.run.counters.sorted { $0.key < $1.key }.map { counter, count -> HTML in
            "<div><dt>\(counter.words)</dt><dd>\(Format.number(count))</dd></div>"
        }
        return """
            <section aria-labelledby="counters"><h2 id="counters">What it counted</h2>
            <dl class="facts">\(rows)</dl></section>
            """
    }

    private var packageSection: HTML {
        let what = self.run.stage == .discover ? "found changed" : "asked about"
        let note = "Packages that it \(what) and that no later \(self.run.stage.rawValue) has touched since"
        let table = Table(
            label: "Packages",
            caption: "\(note)",
            columns: [.init("Package"), .init("State"), .init("Version", .version), .init("Updated upstream")],
            rows: self.packages.packages.map { package in
                Table.Row(
                    head: PackageTable.link(package),
                    cells: [
                        PackageTable.state(of: package),
                        package.latestVersion.map { "<bdi>\($0)</bdi>" } ?? .nothing,
                        HTML.date(package.lastUpdatedMilliseconds),
                    ]
                )
            }
        )
        return """
            <section aria-labelledby="packages"><h2 id="packages">Packages <span class="count">\
            \(Format.number(self.packages.total))</span></h2>
            \(self.packages.packages.isEmpty ? "<p class=\"empty\">\(note): none.</p>" : table.html)</section>
            """
    }

    private var documentSection: HTML {
        let note =
            self.run.stage == .update
            ? "Documents that it changed and that no later run has changed since"
            : "Documents that it published, or failed to, and that no later run has since"
        let table: HTML = DocumentTable(documents: self.documents.objects, now: self.now, caption: note).html
        return """
            <section aria-labelledby="documents"><h2 id="documents">Documents <span class="count">\
            \(Format.number(self.documents.total))</span></h2>
            \(self.documents.objects.isEmpty ? "<p class=\"empty\">\(note): none.</p>" : table)</section>
            """
    }
}
