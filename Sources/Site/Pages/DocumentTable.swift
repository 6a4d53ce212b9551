import Composer
import Store

/// Documents, one a row: what each says, since when, and which runs brought it there.
struct DocumentTable {
    let documents: [ObjectState]
    let now: Int64
    let caption: String

    var html: HTML {
        let rows = self.documents.map { document -> HTML in
            """
            <tr><th scope="row">\(Self.link(document))</th><td>\(Self.badge(document))</td>
            <td>\(document.contentHash.map(HTML.hash) ?? "<span class=\"muted\">none</span>")</td>
            <td>\(HTML.time(document.changedAtMilliseconds, now: self.now))</td><td>\(HTML.run(document.updatedBy))</td>
            <td>\(HTML.time(document.deployedAtMilliseconds, now: self.now))</td>
            <td>\(HTML.run(document.syncedBy))</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Documents"><table>
            <caption>\(self.caption)</caption><thead><tr><th scope="col">Document</th><th scope="col">State</th>
            <th scope="col">Content</th><th scope="col">Changed</th><th scope="col">by</th>
            <th scope="col">Published</th><th scope="col">by</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
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
