import Facts
import Store

extension PackagePage {
    /// Versions that upstream lists and that its document leaves out.
    var leftOut: HTML {
        let versions = self.profile.leftOut
        if versions.isEmpty { return .nothing }
        let table = Table(
            label: "Versions that are left out",
            caption:
                "What upstream lists and Composer does not get\(versions.count > Self.mostVersions ? ", the first \(Format.number(Self.mostVersions))" : "")",
            columns: [.init("Version", .version), .init("Why", .wrapping)],
            rows: versions.prefix(Self.mostVersions).map { version in
                .init(
                    head: "<bdi>\(String(version.version.prefix(255)))</bdi>",
                    cells: ["<bdi>\(version.reason)</bdi>"]
                )
            }
        )
        return """
            <section aria-labelledby="left-out"><h2 id="left-out">Left out <span class="count">\
            \(Format.number(versions.count))</span></h2>
            \(table.html)</section>
            """
    }

    /// What the newest version requires.
    var requirements: HTML {
        let required = self.details.require.prefix(Self.mostRequirements)
        if required.isEmpty { return .nothing }
        let table = Table(
            label: "Requirements",
            caption:
                "What \(self.released.versions.first?.version ?? self.unreleased.versions.first?.version ?? "it") requires",
            columns: [.init("Package"), .init("Versions", .wrapping)],
            rows: required.map { name, constraint in
                .init(
                    head: self.here.contains(name)
                        ? "<a href=\"\(SitePath.package(name))\"><bdi>\(name)</bdi></a>" : "<bdi>\(name)</bdi>",
                    cells: ["<code><bdi>\(constraint)</bdi></code>"]
                )
            }
        )
        return """
            <section aria-labelledby="requires"><h2 id="requires">Requires</h2>\(table.html)</section>
            """
    }
}
