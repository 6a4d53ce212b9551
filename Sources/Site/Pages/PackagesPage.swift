import Composer
import Facts
import Store

extension PageRoutes {
    private static let packagesPerPage = 50
    /// Later pages of lists that have to be sorted cost more than anybody gains from them.
    private static let mostSortedPages = 200
    private static let orders: [PackageQuery.Order] = [.installs, .updated, .name]

    /// `/packages`: search, filter, sort.
    func packages(_ query: QueryParameters) async throws -> Page {
        var wanted = PackageQuery()
        let text = query["q"] ?? ""
        wanted.words = text.split(whereSeparator: \.isWhitespace).prefix(8).map(String.init)
        // An address of before says `type=`.
        let source = query["source"].flatMap { self.settings.source($0)?.name }
        wanted.sources = source.map { [$0] } ?? query["type"].map(self.settings.sources(ofType:))
        // What is published is what most people look for.
        let state = query["state"] ?? "active"
        wanted.state = PackageState(rawValue: state) ?? (state == "any" ? nil : .active)
        wanted.order = Self.orders.first { $0.rawValue == query["sort"] } ?? .installs
        wanted.limit = Self.packagesPerPage
        let mostPages = wanted.order == .name ? 100_000 : Self.mostSortedPages
        let page = query.page(last: mostPages)
        wanted.offset = (page - 1) * Self.packagesPerPage
        let (packages, total) = try await self.store.packages(wanted)
        let now = try await self.store.now()
        let parameters: [(name: String, value: String?)] = [
            ("q", text), ("source", source), ("type", source == nil ? query["type"] : nil),
            ("state", wanted.state == .active ? nil : wanted.state?.rawValue ?? "any"),
            ("sort", wanted.order == .installs ? nil : wanted.order.rawValue),
        ]
        let last = min(mostPages, max(1, (total + Self.packagesPerPage - 1) / Self.packagesPerPage))
        let table = PackageTable(packages: packages).html
        let body: HTML = """
            <h1>Packages</h1>
            <form method="get" action="/packages" class="filters" role="search">
            <label class="grows"><span>Search</span><input type="search" name="q" value="\(text)" maxlength="200" \
            placeholder="name or title" autocomplete="off"></label>
            \(Form.choice("source", "Source", [("", "any")] + self.settings.sources.map { ($0.name, $0.name) }, wanted.sources?.first))
            \(Form.choice("state", "State", PackageState.choices, wanted.state?.rawValue ?? "any"))
            \(Form.choice("sort", "Sort by", Self.orders.map { ($0.rawValue, $0 == .updated ? "update" : $0.rawValue) }, wanted.order.rawValue))
            <button type="submit">Search</button></form>
            <p class="muted" role="status">\(Format.count(total, "package"))\
            \(last > 1 ? ", page \(Format.number(page)) of \(Format.number(last))" : "")\
            \(last * Self.packagesPerPage < total ? "; sorted by name, all pages can be read" : "")</p>
            \(packages.isEmpty ? self.noPackages(wanted, page: page, total: total) : table)
            \(Form.pages("/packages", parameters, page: min(page, last), last: last, of: "packages"))
            """
        return Page(title: "Packages", section: .packages, nowMilliseconds: now, body: body)
    }

    private func noPackages(_ query: PackageQuery, page: Int, total: Int) -> HTML {
        if total > 0 { return "<p class=\"empty\">There are not that many pages.</p>" }
        if query.words.isEmpty {
            return """
                <p class="empty">There are no such packages. A new database is filled by <code>discover</code> and \
                <code>update</code>.</p>
                """
        }
        return """
            <p class="empty">Nothing has all of these words in its name or title. Closed packages are found with the state \
            "any".</p>
            """
    }
}

/// Packages, one a row.
struct PackageTable {
    let packages: [PackageSummary]

    var html: HTML {
        Table(
            label: "Packages",
            caption: "Packages",
            isCaptionHidden: true,
            columns: [
                .init("Package"), .init("State"), .init("Version", .version), .init("Updated upstream"),
                .init("Active installs", .number),
            ],
            rows: self.packages.map { package in
                return Table.Row(
                    head: "\(Self.link(package))<span class=\"under\"><bdi>\(package.title ?? "")</bdi></span>",
                    cells: [
                        Self.state(of: package),
                        package.latestVersion.map { "<bdi>\($0)</bdi>" } ?? .nothing,
                        HTML.date(package.lastUpdatedMilliseconds),
                        package.activeInstalls.map { "\(Self.installs($0))" } ?? .nothing,
                    ]
                )
            }
        ).html
    }

    /// Upstream tells orders of magnitude: 10 means from 10 on, 0 fewer than 10.
    static func installs(_ count: Int64) -> String { count == 0 ? "under 10" : "\(Format.number(count))+" }

    static func state(of package: PackageSummary) -> HTML {
        let failing: HTML? = package.attempts > 0 ? " " + HTML.badge(.bad, "failing") : nil
        return "\(HTML.badge(package.state.tone, package.state.rawValue))\(failing)"
    }

    static func link(_ package: PackageSummary) -> HTML {
        "<a href=\"\(SitePath.package(package.label))\"><bdi>\(package.label)</bdi></a>"
    }
}

extension PackageState {
    var tone: Tone {
        switch self {
        case .active: .good
        case .new: .busy
        case .closed: .warning
        case .missing: .quiet
        }
    }

    static var choices: [(String, String)] {
        [("active", "active"), ("closed", "closed"), ("new", "new"), ("missing", "missing"), ("any", "any")]
    }
}
