import HTTPTypes
import Hummingbird
import NIOCore

/// One page: what is in its main part, and the frame that all pages share.
struct Page {
    enum Section: String, CaseIterable {
        case status = "Status"
        case packages = "Packages"
        case changes = "Changes"
        case advisories = "Advisories"
        case runs = "Runs"

        var path: String { self == .status ? "/" : "/\(self.rawValue.lowercased())" }
    }

    var title: String
    /// What the navigation marks as the place where the reader is.
    var section: Section?
    var status = HTTPResponse.Status.ok
    var nowMilliseconds: Int64?
    /// Atom feeds about what the page shows, beside those of everything.
    var feeds: [(title: String, path: String)] = []
    /// When the page is loaded anew without anybody's doing: where what it shows is under way.
    var refresh: Refresh?
    var body: HTML

    struct Refresh {
        var seconds: Int
        /// Whether the reader has stopped it.
        var isStopped = false
        /// The page without its refreshing, or with it again.
        var other = ""
    }

    func response(version: String) -> Response {
        let text = self.html(version: version).text
        return Response(
            status: self.status,
            headers: Self.headers(contentType: "text/html; charset=utf-8"),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Nothing is loaded but our own style, script and icon; nothing is sent anywhere else.
    static func headers(contentType: String) -> HTTPFields {
        HTTPFields([
            HTTPField(name: .contentType, value: contentType),
            HTTPField(name: .cacheControl, value: "no-cache"),
            HTTPField(
                name: .contentSecurityPolicy,
                value: "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
                    + "form-action 'self'; frame-ancestors 'none'"
            ),
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .referrerPolicy, value: "same-origin"),
        ])
    }

    private var refreshing: HTML? {
        guard let refresh, !refresh.isStopped else { return nil }
        return "<meta http-equiv=\"refresh\" content=\"\(refresh.seconds)\">\n"
    }

    private var refreshNote: HTML? {
        self.refresh.map { refresh in
            refresh.isStopped
                ? "<span>No longer loaded anew. <a href=\"\(refresh.other)\">Go on</a></span>"
                : "<span>Loaded anew every \(refresh.seconds) seconds. <a href=\"\(refresh.other)\">Stop</a></span>"
        }
    }

    private func html(version: String) -> HTML {
        let links = Section.allCases.map { section -> HTML in
            let current: HTML = section == self.section ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(section.path)\"\(current)>\(section.rawValue)</a></li>"
        }
        let madeAt: HTML? = self.nowMilliseconds.map { now in
            "<span>Seen <time datetime=\"\(Format.iso8601(now))\">\(Format.utc(now))</time></span>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            \(self.refreshing)<title>\(self.title) · Packline</title>
            <link rel="stylesheet" href="\(PageAssets.style.address)">
            <link rel="icon" type="image/svg+xml" href="\(PageAssets.icon.address)">
            <link rel="alternate" type="application/atom+xml" title="Published changes" href="/changes.atom">
            \(self.feeds.map { title, path in "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"\(title)\" href=\"\(path)\">\n" as HTML })\
            <link rel="alternate" type="application/atom+xml" title="Advisories and closed packages" href="/advisories.atom">
            <script src="\(PageAssets.script.address)" defer></script>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header class="top"><div class="wide">
            <a class="brand" href="/"><svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">\
            <path d="M3 6h9M3 12h14M3 18h18"/></svg>Packline</a>
            <nav aria-label="Main"><ul>\(links)</ul></nav>
            </div></header>
            <main id="main" class="wide" tabindex="-1">
            \(self.body)
            </main>
            <footer class="bottom"><div class="wide">
            <span>Packline \(version)</span>\(madeAt)\(self.refreshNote)
            <nav aria-label="For machines"><ul>
            <li><a href="/packages.json">packages.json</a></li><li><a href="/status.json">status.json</a></li>\
            <li><a href="/metrics">Metrics</a></li><li><a href="/changes.atom">Atom feed</a></li>
            </ul></nav>
            </div></footer>
            </body>
            </html>

            """
    }
}

extension HTTPField.Name {
    // The initializer refuses only what is no token.
    fileprivate static let referrerPolicy = Self("Referrer-Policy") ?? .xContentTypeOptions
}
