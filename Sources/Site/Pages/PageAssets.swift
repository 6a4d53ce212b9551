import Composer
import HTTPTypes
import Hummingbird
import NIOCore

/// The files that pages load, each named with the hash of its content so that it can be kept for ever.
struct PageAssets {
    let path: String
    let contentType: String
    let text: String
    let etag: String

    private init(_ path: String, _ contentType: String, _ text: String) {
        self.path = path
        self.contentType = contentType
        self.text = text
        self.etag = String(ContentHash(of: Array(text.utf8)).hexadecimal.prefix(16))
    }

    var address: String { "/\(self.path)?v=\(self.etag)" }

    static let style = PageAssets("assets/packline.css", "text/css; charset=utf-8", Stylesheet.text)
    static let script = PageAssets("assets/packline.js", "text/javascript; charset=utf-8", Self.copyButtons)
    static let icon = PageAssets("assets/icon.svg", "image/svg+xml", Self.iconText)

    static func add(to router: Router<some RequestContext>) {
        for asset in [Self.style, Self.script, Self.icon] {
            router.get(RouterPath(asset.path)) { request, _ in asset.response(to: request) }
        }
    }

    private func response(to request: Request) -> Response {
        var headers = Page.headers(contentType: self.contentType)
        headers[.eTag] = "\"\(self.etag)\""
        let isNamedByHash = QueryParameters(request.uri.query)["v"] == self.etag
        headers[.cacheControl] = isNamedByHash ? "public, max-age=31536000, immutable" : "no-cache"
        if RequestConditions(request.headers).clientHas(etag: "\"\(self.etag)\"", modifiedSecondsSince1970: .max) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: self.text)))
    }

    /// Shows the copy buttons, which are of no use without a script, and makes them work.
    private static let copyButtons = """
        "use strict";
        for (const button of document.querySelectorAll("button[data-copy]")) {
            if (!navigator.clipboard) continue;
            button.hidden = false;
            button.addEventListener("click", async () => {
                const word = button.textContent;
                try {
                    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
                    button.textContent = "Copied";
                } catch {
                    button.textContent = "Not copied";
                }
                setTimeout(() => { button.textContent = word; }, 2000);
            });
        }

        """

    private static let iconText = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b4f8a"/>\
        <path d="M7 10h9M7 16h13M7 22h18" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>

        """
}
