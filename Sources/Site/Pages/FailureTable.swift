import Composer
import Store

/// What failed and is tried again, one a row.
struct FailureTable {
    let failures: [Failure]
    let now: Int64
    let caption: HTML

    var html: HTML {
        Table(
            label: "Failures",
            caption: self.caption,
            columns: [.init("What"), .init("Error", .wrapping), .init("Tries", .number), .init("Next try")],
            rows: self.failures.map { failure in
                Table.Row(
                    head: Self.link(to: failure.name),
                    cells: [
                        "<bdi>\(failure.error)</bdi>", "\(failure.attempts)",
                        HTML.due(failure.retryAtMilliseconds, now: self.now),
                    ]
                )
            }
        ).html
    }

    /// A failure is named by source and key, which is an address of the package's page, by the path of a document, or by
    /// a package and a version of it.
    private static func link(to name: String) -> HTML {
        let parts = name.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].contains("/") {
            return "<a href=\"\(SitePath.package(String(parts[0])))\"><bdi>\(name)</bdi></a>"
        }
        return DocumentName(path: name)?.link(name)
            ?? (name.contains("/")
                ? "<a href=\"\(SitePath.package(name))\"><bdi>\(name)</bdi></a>" : "<bdi>\(name)</bdi>")
    }
}
