import Composer
import Facts
import Store

extension PageRoutes {
    /// `/packages/{vendor}/{name}`: one package, from upstream to the bucket; also by its source and key there.
    func package(named name: String, _ use: RepositoryUse) async throws -> Page {
        guard let trail = try await self.store.trail(ofPackage: name) else {
            throw NothingThere("There is no package \(name). Names are as in Composer: acme/site-kit.")
        }
        let label = trail.package.label
        let (released, unreleased) = (
            try await self.versions(.main(of: label), of: label), try await self.versions(.dev(of: label), of: label)
        )
        let advisories = try await self.store.advisories(
            ofPackage: trail.package,
            feeds: try await self.advisoryFeeds()
        )
        let source = self.settings.source(trail.package.source)
        let details = released.details ?? unreleased.details ?? PublishedDetails()
        let page = PackagePage(
            package: trail,
            upstream: source?.page(trail.package.key),
            now: try await self.store.now(),
            released: released,
            unreleased: unreleased,
            details: details,
            profile: try await self.profile(of: trail.package, source),
            here: Set(
                try await self.store.packages(named: details.require.prefix(PackagePage.mostRequirements).map(\.name))
                    .keys
            ),
            advisories: PackageAdvisory.list(advisories, versions: unreleased.versions + released.versions),
            downloads: try await self.store.downloads(package: label, days: PackagePage.daysOfDownloads),
            use: use,
            closedPolicy: self.settings.closedPolicy
        )
        return Page(
            title: label,
            section: .packages,
            nowMilliseconds: page.now,
            feeds: trail.package.name.map { [("Versions and advisories of \($0)", SitePath.feed(of: $0))] } ?? [],
            body: page.body
        )
    }

    func versions(_ document: DocumentName, of package: String) async throws -> PublishedVersions {
        let content = try await self.store.document(at: document.path)?.content.content()
        return PublishedVersions(document: content ?? [], package: package)
    }

    /// What the kind says of it; a payload that can't be read says nothing, and is asked for again by `update`.
    private func profile(of package: PackageSummary, _ source: SourcePages?) async throws -> PackageProfile {
        guard let profile = source?.profile,
            let parts = try await self.store.payload(source: package.source, key: package.key)
        else { return PackageProfile() }
        return (try? profile(parts, package.key)) ?? PackageProfile()
    }
}

/// The content of a package's page.
struct PackagePage {
    static let daysOfDownloads = 30
    /// The most requirements that a page lists.
    static let mostRequirements = 100

    let package: PackageTrail
    /// Where upstream shows it.
    let upstream: String?
    let now: Int64
    let released: PublishedVersions
    let unreleased: PublishedVersions
    let details: PublishedDetails
    let profile: PackageProfile
    /// Those packages that it requires and that are here.
    let here: Set<String>
    /// What its versions are known to be vulnerable to.
    let advisories: [PackageAdvisory]
    let downloads: [Store.DownloadsOfDay]
    let use: RepositoryUse
    let closedPolicy: ClosedPolicy

    var summary: PackageSummary { self.package.package }
    var isPublished: Bool { !self.released.versions.isEmpty || !self.unreleased.versions.isEmpty }

    var body: HTML {
        // A description can be as long as a book.
        let description = (self.released.description ?? self.unreleased.description).map { String($0.prefix(2_000)) }
        return """
            <nav class="crumbs" aria-label="Where this is"><a href="/packages">Packages</a></nav>
            <h1><bdi>\(self.summary.label)</bdi></h1>
            <p class="lead"><bdi>\(self.summary.title ?? "")</bdi></p>
            \(description == self.summary.title ? nil : description.map { "<p class=\"measure\"><bdi>\($0)</bdi></p>" as HTML })
            \(self.condition)
            \(self.facts)
            \(self.install)
            \(self.vulnerabilities)
            \(self.isPublished ? self.versions : nil)
            \(self.leftOut)
            \(self.waitingArchives)
            \(self.requirements)
            \(self.installations)
            <section aria-labelledby="trail"><h2 id="trail">Trail</h2>\(self.trail)</section>
            <section aria-labelledby="documents"><h2 id="documents">Documents</h2>\(self.documents)</section>
            """
    }

    private var install: HTML {
        if !self.isPublished {
            return "<p class=\"empty after\">It can't be installed: nothing is published under this name.</p>"
        }
        let version =
            self.released.versions.isEmpty ? self.unreleased.versions.first.map { ":\($0.version)" } ?? "" : ""
        let plugins = self.details.require.map(\.name).filter { $0 == "composer/installers" }
        return """
            <section aria-labelledby="install"><h2 id="install">Install</h2>
            \(RepositoryUse.Command(id: "command", text: "composer require \(self.summary.label)\(version)").html)
            <h3 class="after">Once in each project</h3>
            \(self.use.setup(plugins: plugins))</section>
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
            <li><strong>Next look upstream</strong><span>\(HTML.due(self.package.nextLookAtMilliseconds, now: self.now))</span></li>
            </ol>
            """
    }
}
