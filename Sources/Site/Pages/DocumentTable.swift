import Composer
import Store

/// Documents, one a row: what each says, since when, and which runs brought it there.
struct DocumentTable {
    let documents: [ObjectState]
    let now: Int64
    let caption: String

    var html: HTML {
        Table(
            label: "Documents",
            caption: "\(self.caption)",
            columns: [
                .init("Document"), .init("State"), .init("Content"), .init("Changed"), .init("Changed by"),
                .init("Published"), .init("Published by"),
            ],
            rows: self.documents.map { document in
                Table.Row(
                    head: Self.link(document),
                    cells: [
                        Self.badge(document),
                        document.contentHash.map(HTML.hash) ?? "<span class=\"muted\">none</span>",
                        HTML.time(document.changedAtMilliseconds, now: self.now), HTML.run(document.updatedBy),
                        HTML.time(document.deployedAtMilliseconds, now: self.now), HTML.run(document.syncedBy),
                    ]
                )
            }
        ).html
    }

    static func link(_ document: ObjectState) -> HTML {
        DocumentName(path: document.path)?.link(document.path) ?? "<bdi>\(document.path)</bdi>"
    }

    static func badge(_ document: ObjectState) -> HTML {
        if document.attempts > 0 { return HTML.badge(.bad, "failing") }
        if document.isDirty {
            return HTML.badge(.busy, document.contentHash == nil ? "to be deleted" : "to be uploaded")
        }
        return document.contentHash == nil ? HTML.badge(.quiet, "deleted") : HTML.badge(.good, "live")
    }
}
