import Facts
import Store

extension PageRoutes {
    private static let runsPerPage = 50

    /// `/runs`: what was run, newest first.
    func runs(_ query: QueryParameters) async throws -> Page {
        let stage = query["stage"].flatMap(Stage.init(rawValue:))
        let status = query["status"].flatMap(RunStatus.init(rawValue:))
        let before = query["before"].flatMap { Int64($0) }.map(RunID.init(_:))
        let now = try await self.store.now()
        let found = try await self.store.runs(of: stage, as: status, before: before, limit: Self.runsPerPage + 1)
        let runs = Array(found.prefix(Self.runsPerPage))
        let chosen = [("stage", stage?.rawValue), ("status", status?.rawValue)]
        let isMore = found.count > runs.count
        let table: HTML =
            runs.isEmpty
            ? """
            <p class="empty">No runs like that. The stages are started by a scheduler or by hand: \
            <code>packline run</code> runs them one after the other.</p>
            """ : RunTable(runs: runs, now: now, caption: "Runs, newest first").html
        let body: HTML = """
            <h1>Runs</h1>
            <p class="lead">Every execution of a stage leaves a row; rows are kept for 30 days.</p>
            <form method="get" action="/runs" class="filters">
            \(Form.choice("stage", "Stage", [("", "any")] + Stage.allCases.map { ($0.rawValue, $0.rawValue) }, stage?.rawValue))
            \(Form.choice("status", "Status", [("", "any")] + RunStatus.allCases.map { ($0.rawValue, $0.rawValue) }, status?.rawValue))
            <button type="submit">Show</button></form>
            \(table)
            <nav class="pages" aria-label="Pages of runs">
            \(before == nil ? nil : "<a href=\"\(SitePath.with("/runs", chosen))\" rel=\"first\">Newest</a>" as HTML)
            \(isMore ? "<a href=\"\(SitePath.with("/runs", chosen + [("before", runs.last.map { "\($0.id)" })]))\" rel=\"next\">Older</a>" as HTML : nil)
            </nav>
            """
        let isAtWork = before == nil && runs.contains { $0.status == .running }
        return Page(
            title: "Runs",
            section: .runs,
            nowMilliseconds: now,
            refresh: isAtWork ? .init(seconds: 15) : nil,
            body: body
        )
    }
}

/// Parts of forms.
enum Form {
    /// A label and a list to choose from.
    static func choice(_ name: String, _ label: String, _ options: [(String, String)], _ chosen: String?) -> HTML {
        let items = options.map { value, text -> HTML in
            let selected: HTML = value == chosen ?? "" ? " selected" : ""
            return "<option value=\"\(value)\"\(selected)>\(text)</option>"
        }
        return "<label><span>\(label)</span><select name=\"\(name)\">\(items)</select></label>"
    }

    /// Links to the pages of a list that is read by page numbers.
    static func pages(
        _ path: String,
        _ parameters: [(name: String, value: String?)],
        page: Int,
        last: Int,
        of what: String
    ) -> HTML {
        if last <= 1 { return .nothing }
        func link(_ number: Int, _ text: String, _ relation: HTML) -> HTML {
            "<a href=\"\(SitePath.with(path, parameters + [("page", number == 1 ? nil : "\(number)")]))\"\(relation)>\(text)</a>"
        }
        let numbers = Set([1, page - 2, page - 1, page, page + 1, page + 2, last]).filter { (1...last).contains($0) }
        var previous = 0
        var items: [HTML] = []
        for number in numbers.sorted() {
            if number > previous + 1 { items.append("<span class=\"gap\" aria-hidden=\"true\">…</span>") }
            items.append(link(number, Format.number(number), number == page ? " aria-current=\"page\"" : ""))
            previous = number
        }
        return """
            <nav class="pages" aria-label="Pages of \(what)">
            \(page > 1 ? link(page - 1, "Previous", " rel=\"prev\"") : nil)\(items)\
            \(page < last ? link(page + 1, "Next", " rel=\"next\"") : nil)</nav>
            """
    }
}
