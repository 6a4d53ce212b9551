import Composer
import Facts
import Store

extension PageRoutes {
    /// `/packages/{vendor}/{name}`: one package, from upstream to the bucket; also by its source and key there.
    func package(named name: String) async throws -> Page {
        guard let trail = try await self.store.trail(ofPackage: name) else {
            throw NothingThere("There is no package \(name). Names are as in Composer: acme/site-kit.")
        }
        let label = trail.package.label
        func versions(_ document: DocumentName) async throws -> PublishedVersions {
            let content = try await self.store.document(at: document.path)?.content.content()
            return PublishedVersions(document: content ?? [], package: label)
        }
        let (released, unreleased) = (try await versions(.main(of: label)), try await versions(.dev(of: label)))
        let advisories = try await self.store.advisories(
            ofPackage: trail.package,
            feeds: try await self.advisoryFeeds()
        )
        let page = PackagePage(
            package: trail,
            upstream: self.settings.source(trail.package.source)?.page(trail.package.key),
            now: try await self.store.now(),
            released: released,
            unreleased: unreleased,
            advisories: PackageAdvisory.list(advisories, versions: unreleased.versions + released.versions),
            downloads: try await self.store.downloads(package: label, days: PackagePage.daysOfDownloads)
        )
        return Page(title: label, section: .packages, nowMilliseconds: page.now, body: page.body)
    }
}

/// The content of a package's page.
struct PackagePage {
    static let daysOfDownloads = 30

    let package: PackageTrail
    /// Where upstream shows it.
    let upstream: String?
    let now: Int64
    let released: PublishedVersions
    let unreleased: PublishedVersions
    /// What its versions are known to be vulnerable to.
    let advisories: [PackageAdvisory]
    let downloads: [Store.DownloadsOfDay]

    var summary: PackageSummary { self.package.package }

    var body: HTML {
        // A description can be as long as a book.
        let description = (self.released.description ?? self.unreleased.description).map { String($0.prefix(2_000)) }
        return """
            <nav class="crumbs" aria-label="Where this is"><a href="/packages">Packages</a></nav>
            <h1><bdi>\(self.summary.label)</bdi></h1>
            <p class="lead"><bdi>\(self.summary.title ?? "")</bdi></p>
            \(description.map { "<p class=\"measure\"><bdi>\($0)</bdi></p>" as HTML })
            \(self.condition)
            \(self.install)
            \(self.facts)
            \(self.vulnerabilities)
            <section aria-labelledby="trail"><h2 id="trail">Trail</h2>\(self.trail)</section>
            \(self.installations)
            <section aria-labelledby="documents"><h2 id="documents">Documents</h2>\(self.documents)</section>
            <section aria-labelledby="versions"><h2 id="versions">Versions <span class="count">\
            \(Format.number(self.released.versions.count + self.unreleased.versions.count))</span></h2>
            \(self.versions)</section>
            \(self.waitingArchives)
            """
    }

    private var condition: HTML {
        var parts = [HTML.badge(self.summary.state.tone, self.summary.state.rawValue)]
        if let closure = self.package.closure {
            let words = [
                closure.date.map { "since \($0)" }, closure.reason.map { "reason: \($0)" },
                closure.isPermanent ? "for good" : nil,
            ].compactMap { $0 }
            parts.append("<span><bdi>\(words.joined(separator: ", "))</bdi></span>")
        }
        if self.package.changedRevision > self.package.settledRevision {
            parts.append(HTML.badge(.busy, "upstream's answer does not yet show its last commit"))
        }
        let error: HTML? = self.package.lastError.map { error in
            """
            <p class="error"><bdi>\(error)</bdi> <span class="muted">\(Format.count(self.summary.attempts, "failed try", "failed tries")); \
            next try \(HTML.time(self.package.nextLookAtMilliseconds, now: self.now))</span></p>
            """
        }
        return "<p class=\"condition\">\(parts.joined(" "))</p>\(error)"
    }

    private var install: HTML {
        if self.released.versions.isEmpty && self.unreleased.versions.isEmpty {
            return "<p class=\"empty\">It can't be installed: nothing is published under this name.</p>"
        }
        let version =
            self.released.versions.isEmpty ? self.unreleased.versions.first.map { ":\($0.version)" } ?? "" : ""
        return """
            <div class="command"><code id="command">composer require \(self.summary.label)\(version)</code>\
            <button type="button" data-copy="command" hidden>Copy</button></div>
            """
    }

    private var facts: HTML {
        // Only an address of the web becomes a link.
        let host = self.upstream.flatMap { $0.hasPrefix("https://") ? $0.split(separator: "/").dropFirst().first : nil }
        let upstream: HTML =
            host.map { "<a href=\"\(self.upstream ?? "")\" rel=\"noopener\">\($0)</a>" } ?? "\(self.summary.source)"
        let revision: HTML? =
            self.package.changedRevision > 0 ? "<span class=\"muted\">r\(self.package.changedRevision)</span>" : nil
        return """
            <dl class="facts">
            <div><dt>Latest version</dt><dd><bdi>\(self.summary.latestVersion ?? "unknown")</bdi></dd></div>
            <div><dt>Active installs</dt><dd>\(self.summary.activeInstalls.map(PackageTable.installs) ?? "unknown")</dd></div>
            <div><dt>Updated upstream</dt><dd>\(HTML.date(self.summary.lastUpdatedMilliseconds))</dd></div>
            <div><dt>Last change upstream</dt><dd>\(HTML.time(self.package.changedAtMilliseconds, now: self.now, none: "unknown")) \(revision)</dd></div>
            <div><dt>Next look</dt><dd>\(HTML.time(self.package.nextLookAtMilliseconds, now: self.now))</dd></div>
            <div><dt>Upstream</dt><dd>\(upstream)</dd></div>
            \(self.summary.name.map { "<div><dt>Name</dt><dd><a href=\"\(SitePath.owner($0))\">who owns it</a></dd></div>" as HTML })
            </dl>
            """
    }

    /// Which commit led to which object, by which runs, when.
    private var trail: HTML {
        let objects = self.package.objects
        let main = objects.first { DocumentName(path: $0.path)?.isDev == false } ?? objects.first
        let revision = self.package.changedRevision
        let commit: HTML =
            revision > 0
            ? "Revision \(revision) \(HTML.time(self.package.changedAtMilliseconds, now: self.now, none: "at an unknown time"))"
            : HTML.time(
                self.package.changedAtMilliseconds,
                now: self.now,
                none: "None that is known since this database was begun"
            )
        let found = HTML.run(self.package.discoveredBy, none: "not by a run that is known")
        let derived: HTML =
            main.map { "\(HTML.run($0.updatedBy)) \(HTML.time($0.changedAtMilliseconds, now: self.now))" }
            ?? "<span class=\"muted\">not yet</span>"
        let published: HTML =
            main.map {
                "\(HTML.run($0.syncedBy)) \(HTML.time($0.deployedAtMilliseconds, now: self.now, none: "not yet"))"
            }
            ?? "<span class=\"muted\">not yet</span>"
        return """
            <ol class="trail">
            <li><strong>Change upstream</strong><span>\(commit)</span></li>
            <li><strong>Found by discover</strong><span>\(found)</span></li>
            <li><strong>Last asked about by update</strong><span>\(HTML.run(self.package.updatedBy))</span></li>
            <li><strong>Document derived by update</strong><span>\(derived)</span></li>
            <li><strong>Published by sync</strong><span>\(published)</span></li>
            </ol>
            """
    }
}
