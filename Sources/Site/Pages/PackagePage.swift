import Composer
import Facts
import Store
import WordPress

extension PageRoutes {
    /// `/packages/{vendor}/{name}`: one package, from upstream to the bucket.
    func package(named name: String) async throws -> Page {
        let paths = [DocumentName.main(of: name), .dev(of: name)].map(\.path)
        guard let (source, slug) = self.settings.package(named: name),
            let package = try await self.store.package(source: source, slug: slug, paths: paths)
        else {
            throw NothingThere("There is no package \(name). Names are as in Composer: \(self.settings.example).")
        }
        var contents: [String: [UInt8]] = [:]
        for path in paths { contents[path] = try await self.store.document(at: path)?.content.content() }
        let page = PackagePage(
            name: name,
            package: package,
            settings: self.settings,
            now: try await self.store.now(),
            released: PublishedVersions(document: contents[paths[0]] ?? [], package: name),
            unreleased: PublishedVersions(document: contents[paths[1]] ?? [], package: name),
            downloads: try await self.store.downloads(package: name, days: PackagePage.daysOfDownloads)
        )
        return Page(title: name, section: .packages, nowMilliseconds: page.now, body: page.body)
    }
}

/// The content of a package's page.
struct PackagePage {
    static let daysOfDownloads = 30

    let name: String
    let package: PackageDetail
    let settings: PageSettings
    let now: Int64
    let released: PublishedVersions
    let unreleased: PublishedVersions
    let downloads: [Store.DownloadsOfDay]

    var summary: PackageSummary { self.package.summary }

    var body: HTML {
        // A theme's description can be as long as a book.
        let description = (self.released.description ?? self.unreleased.description).map { String($0.prefix(2_000)) }
        return """
            <nav class="crumbs" aria-label="Where this is"><a href="/packages">Packages</a></nav>
            <h1><bdi>\(self.name)</bdi></h1>
            <p class="lead"><bdi>\(self.summary.title ?? "")</bdi></p>
            \(description.map { "<p class=\"measure\"><bdi>\($0)</bdi></p>" as HTML })
            \(self.condition)
            \(self.install)
            \(self.facts)
            <section aria-labelledby="trail"><h2 id="trail">Trail</h2>\(self.trail)</section>
            \(self.installations)
            <section aria-labelledby="documents"><h2 id="documents">Documents</h2>\(self.documents)</section>
            <section aria-labelledby="versions"><h2 id="versions">Versions <span class="count">\
            \(Format.number(self.released.versions.count + self.unreleased.versions.count))</span></h2>
            \(self.versions)</section>
            """
    }

    private var condition: HTML {
        var parts = [HTML.badge(self.summary.state.tone, self.summary.state.rawValue)]
        if self.summary.state == .closed {
            let words = [
                self.package.closedDate.map { "since \($0)" }, self.package.closedReason.map { "reason: \($0)" },
                self.package.isClosedPermanently ? "for good" : nil,
            ].compactMap { $0 }
            parts.append("<span><bdi>\(words.joined(separator: ", "))</bdi></span>")
        }
        if self.package.changedRevision > self.package.settledRevision {
            parts.append(HTML.badge(.busy, "upstream's answer does not yet show its last commit"))
        }
        let error: HTML? = self.package.lastError.map { error in
            """
            <p class="error"><bdi>\(error)</bdi> <span class="muted">\(Format.count(self.summary.attempts, "failed try", "failed tries")); \
            next try \(HTML.time(self.package.dueAtMilliseconds, now: self.now))</span></p>
            """
        }
        return "<p class=\"condition\">\(parts.joined(" "))</p>\(error)"
    }

    private var install: HTML {
        if self.released.versions.isEmpty && self.unreleased.versions.isEmpty {
            return "<p class=\"empty\">It can't be installed: nothing is published under this name.</p>"
        }
        let version = self.released.versions.isEmpty ? ":dev-trunk" : ""
        return """
            <div class="command"><code id="command">composer require \(self.name)\(version)</code>\
            <button type="button" data-copy="command" hidden>Copy</button></div>
            """
    }

    private var facts: HTML {
        let directory = self.summary.source == PageSettings.themeSource ? "themes" : "plugins"
        let slug = SitePath.component(self.summary.slug)
        let revision: HTML? =
            self.package.changedRevision > 0 ? "<span class=\"muted\">r\(self.package.changedRevision)</span>" : nil
        return """
            <dl class="facts">
            <div><dt>Latest version</dt><dd><bdi>\(self.summary.latestVersion ?? "unknown")</bdi></dd></div>
            <div><dt>Active installs</dt><dd>\(self.summary.activeInstalls.map(PackageTable.installs) ?? "unknown")</dd></div>
            <div><dt>Updated upstream</dt><dd>\(HTML.date(self.summary.lastUpdatedMilliseconds))</dd></div>
            <div><dt>Last commit</dt><dd>\(HTML.time(self.package.changedAtMilliseconds, now: self.now, none: "unknown")) \(revision)</dd></div>
            <div><dt>Next look</dt><dd>\(HTML.time(self.package.dueAtMilliseconds, now: self.now))</dd></div>
            <div><dt>Upstream</dt><dd><a href="https://wordpress.org/\(directory)/\(slug)/" rel="noopener">wordpress.org</a></dd></div>
            </dl>
            """
    }

    /// Which commit led to which object, by which runs, when.
    private var trail: HTML {
        let main =
            self.package.documents.first { DocumentName(path: $0.path)?.isDev == false } ?? self.package.documents.first
        let revision = self.package.changedRevision
        let commit: HTML =
            revision > 0
            ? "Revision \(revision) \(HTML.time(self.package.changedAtMilliseconds, now: self.now, none: "at an unknown time"))"
            : "No commit since this database was begun"
        let found: HTML =
            self.package.discoveredRun.map { HTML.run($0) } ?? "<span class=\"muted\">not by a run that is known</span>"
        let derived: HTML =
            main.map { "\(HTML.run($0.updatedRun)) \(HTML.time($0.changedAtMilliseconds, now: self.now))" }
            ?? "<span class=\"muted\">not yet</span>"
        let published: HTML =
            main.map {
                "\(HTML.run($0.syncedRun)) \(HTML.time($0.deployedAtMilliseconds, now: self.now, none: "not yet"))"
            }
            ?? "<span class=\"muted\">not yet</span>"
        return """
            <ol class="trail">
            <li><strong>Commit</strong><span>\(commit)</span></li>
            <li><strong>Found by discover</strong><span>\(found)</span></li>
            <li><strong>Last asked about by update</strong><span>\(HTML.run(self.package.updatedRun))</span></li>
            <li><strong>Document derived by update</strong><span>\(derived)</span></li>
            <li><strong>Published by sync</strong><span>\(published)</span></li>
            </ol>
            """
    }
}

extension PageSettings {
    /// A name as this repository has them.
    var example: String { "\(self.derivation.pluginVendor)/akismet" }
}
