import Facts
import Store

extension PageRoutes {
    /// `/`: what the pipeline does now, what waits, what failed.
    func status(_ use: RepositoryUse) async throws -> Page {
        let page = StatusPage(
            settings: self.settings,
            state: try await self.reader.state(),
            census: try await self.reader.census(),
            activity: try await self.reader.activity(),
            runs: try await self.store.runs(limit: 9),
            failures: try await self.store.failures(limit: 20),
            use: use
        )
        return Page(
            title: "Status",
            section: .status,
            nowMilliseconds: page.now,
            refresh: page.isAtWork ? .init(seconds: 30) : nil,
            body: page.body
        )
    }
}

/// The content of the status page.
struct StatusPage {
    let settings: PageSettings
    let state: PipelineState
    let census: Census
    let activity: [Activity]
    let runs: [Run]
    let failures: [Failure]
    let use: RepositoryUse

    var now: Int64 { self.state.nowMilliseconds }

    var body: HTML {
        if self.runs.isEmpty { return Self.firstSteps }
        let (tone, sentence) = self.verdict
        return """
            <h1>Status</h1>
            <p class="verdict \(tone.rawValue)"><span class="dot" aria-hidden="true"></span>\(sentence)</p>
            \(self.door)
            <section aria-labelledby="pipeline"><h2 id="pipeline">Pipeline</h2>
            \(self.picture.html)
            \(self.backlog)
            </section>
            <section aria-labelledby="sources"><h2 id="sources">Sources</h2>\(self.sources)</section>
            \(self.advisoryFeeds)
            <section aria-labelledby="activity"><h2 id="activity">Activity</h2>
            <div class="charts">\(ActivityCharts(activity: self.activity, now: self.now).html)</div></section>
            <section aria-labelledby="last-runs"><h2 id="last-runs">Last runs</h2>
            \(RunTable(runs: self.runs, now: self.now, caption: "The last runs of all stages").html)
            <p class="after"><a href="/runs">All runs</a></p></section>
            <section aria-labelledby="failures"><h2 id="failures">What failed and is tried again</h2>
            \(self.failureTable)</section>
            """
    }

    /// Whether what the page shows is about to change.
    var isAtWork: Bool { self.conditions.contains { $0.word == "running" } }

    var conditions: [StageCondition] {
        self.state.stages.filter { self.settings.stages.contains($0.stage) }.map {
            StageCondition($0, now: self.now, staleAfterMilliseconds: self.settings.staleAfterMilliseconds)
        }
    }

    /// All there is to know at a glance.
    private var verdict: (Tone, String) {
        let conditions = self.conditions
        func sentences(_ tone: Tone, _ word: String? = nil) -> String? {
            let found = conditions.filter { $0.tone == tone && (word == nil || $0.word == word) }
            return found.isEmpty ? nil : found.map { $0.sentence(now: self.now) }.joined(separator: "; ")
        }
        if let text = sentences(.bad) { return (.bad, text) }
        let held = self.state.sources.filter { $0.held > 0 }
        if !held.isEmpty {
            let counts = held.map { "\(Format.count($0.held, "withdrawal")) of \($0.name)" }.joined(separator: ", ")
            return (.warning, "Held until somebody confirms with update --confirm-withdrawals: \(counts)")
        }
        if let text = sentences(.warning, "stale") { return (.warning, text) }
        let lost = self.census.archives.lost
        if lost > 0 {
            let count = Format.count(lost, "archive is", "archives are")
            return (.warning, "\(count) gone from the bucket: packline sync verify names them")
        }
        if self.census.archives.isFull(budgetBytes: self.settings.archiveBudgetBytes) {
            return (.warning, "The budget for archives is used up: no more are fetched before it is raised")
        }
        let stale = self.staleFeeds
        if !stale.isEmpty {
            return (.warning, "Advisories were not read for a day: \(stale.map(\.rawValue).joined(separator: ", "))")
        }
        if let text = sentences(.busy) { return (.busy, text) }
        let failing = self.state.failingPackages + self.state.failingDocuments
        if failing > 0 { return (.warning, "\(Format.count(failing, "item")) failed and will be tried again") }
        let dirty = self.state.dirtyDocuments
        if dirty > 0 {
            return (.busy, "\(Format.count(dirty, "document")) \(dirty == 1 ? "waits" : "wait") for the next sync")
        }
        return (.good, "All that is known to have changed is published")
    }

    private var picture: PipelinePicture {
        let conditions = Dictionary(self.conditions.map { ($0.stage, $0) }, uniquingKeysWith: { first, _ in first })
        func stage(_ stage: Stage) -> PipelinePicture.Node {
            let condition = conditions[stage]
            let time = condition?.atMilliseconds.map { Format.relative($0, to: self.now) }
            let lines = [condition?.word ?? "no run yet", time].compactMap { $0 }
            return .init(title: stage.rawValue, lines: lines, tone: condition?.tone ?? .quiet)
        }
        func known(_ count: Int, _ word: String) -> String { "\(Format.number(count)) \(word)" }
        let packages = self.census.packages.values.reduce(0) { $1.values.reduce($0, +) }
        let due = self.state.sources.reduce(0) { $0 + $1.due }
        let newest = self.state.sources.compactMap(\.cursorAtMilliseconds).max()
        let live = [known(self.census.liveDocuments, "live")]
        let publishing: [PipelinePicture.Node] =
            self.settings.publishesItself
            ? [.init(title: "serve", lines: live, tone: .good)]
            : [stage(.sync), .init(title: "bucket", lines: live)]
        let nodes: [PipelinePicture.Node] =
            [
                .init(
                    title: "upstream",
                    lines: [
                        Format.count(self.state.sources.count, "source"),
                        newest.map { "newest " + Format.relative($0, to: self.now) } ?? "no dated change",
                    ]
                ),
                stage(.discover),
                .init(title: "packages", lines: [known(packages, "known"), known(due, "due")]),
                stage(.update),
                .init(
                    title: "documents",
                    lines: [known(self.state.dirtyDocuments, "dirty"), known(self.state.failingDocuments, "failing")]
                ),
            ] + publishing
        let words = nodes.map { "\($0.title): \($0.lines.joined(separator: ", "))" }.joined(separator: "; ")
        return PipelinePicture(nodes: nodes, description: "The pipeline. \(words).")
    }

    private var backlog: HTML {
        let age = StateReader.oldestDirtyAge(self.state, self.census)
        let archives: HTML = """
            <a href="/archives">\(Format.number(self.census.archives.stored))</a> \
            <span class="muted">\(Format.number(self.census.archives.allMissing)) missing</span>
            """
        let facts: [(String, HTML)] = [
            ("Packages due", "\(Format.number(self.state.sources.reduce(0) { $0 + $1.due }))"),
            ("Packages failing", "\(Format.number(self.state.failingPackages))"),
            (
                "Documents dirty",
                """
                \(Format.number(self.state.dirtyDocuments)) \
                <span class="muted">\(Format.number(self.state.documentsToDelete)) to delete</span>
                """
            ),
            ("Oldest dirty", age > 0 ? "\(Format.distance(milliseconds: age))" : "none"),
            ("Documents failing", "\(Format.number(self.state.failingDocuments))"),
            ("Archives", archives),
            (
                "Packages with advisories",
                "<a href=\"/advisories\">\(Format.number(self.census.advisories.packages))</a>"
            ),
            ("Rows at work", "\(Format.number(self.state.leases))"),
            ("Feed position", "<span class=\"long\">\(self.state.feedPosition)</span>"),
            ("Database", "\(Format.bytes(self.census.databaseBytes))"),
        ]
        return """
            <dl class="facts">\(facts.map { name, value in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" as HTML })</dl>
            """
    }
}
