import HTTPTypes
import Hummingbird
import NIOCore

/// Says in a page what else is said in JSON, to those who ask for pages: what is not there, not allowed, or broken.
///
/// Composer, mirrors and scripts do not name `text/html`, and get the JSON.
struct PagesForPeople<Context: RequestContext>: RouterMiddleware {
    let version: String

    @concurrent
    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard response.status.code >= 400, response.headers[.contentType] == "application/json" else { return response }
        // Caches must not give the one to those who want the other.
        response.headers[.vary] = [response.headers[.vary], "Accept"].compactMap { $0 }.joined(separator: ", ")
        guard Self.wantsPage(request) else { return response }
        let page = Self.page(response.status, request.uri.path).response(version: self.version)
        // What is said of the JSON's bytes is not true of the page's.
        for name in [HTTPField.Name.contentLength, .contentEncoding, .eTag, .lastModified] {
            response.headers[name] = nil
        }
        for field in page.headers where field.name != .cacheControl || response.headers[.cacheControl] == nil {
            response.headers[field.name] = field.value
        }
        response.body = page.body
        return response
    }

    private static func wantsPage(_ request: Request) -> Bool {
        request.method == .get
            && (request.headers[.accept] ?? "").split(separator: ",").contains { part in
                part.split(separator: ";").first?.filter { !$0.isWhitespace }.lowercased() == "text/html"
            }
    }

    private static func page(_ status: HTTPResponse.Status, _ path: String) -> Page {
        let (title, text): (String, HTML) =
            switch status.code {
            case 404: ("Not found", "There is nothing at <code>\(String(SitePath.decoded(path).prefix(200)))</code>.")
            case 401:
                (
                    "This repository is private",
                    "Give the user and the password that you were given. Composer takes them from <code>auth.json</code>."
                )
            case 405: ("Not allowed", "This address is not for reading.")
            case 503: ("Come again", "This can't be had now. Try again in a moment.")
            case 500...: ("Something went wrong", "The page could not be made. The log of <code>serve</code> says why.")
            default: ("That did not work", "The request was refused: \(status.reasonPhrase).")
            }
        return Page(
            title: title,
            status: status,
            body:
                "<h1>\(title)</h1>\n<p class=\"lead\">\(text)</p>\n\(status.code == 401 ? nil : PageRoutes.elsewhere(path))"
        )
    }
}

extension PageRoutes {
    /// Where one can go on who found nothing.
    static func elsewhere(_ path: String) -> HTML {
        // Of a document's address, a package's page or a name that was guessed.
        let parts = SitePath.decoded(path).split(separator: "/").suffix(2)
        var word = parts.last.map(String.init) ?? ""
        for end in [".json", ".atom", "~dev"] where word.hasSuffix(end) { word.removeLast(end.count) }
        word = String(word.prefix(100))
        return """
            <form method="get" action="/packages" class="filters" role="search">
            <label class="grows"><span>Search the packages</span><input type="search" name="q" value="\(word)" \
            maxlength="200" autocomplete="off"></label><input type="hidden" name="state" value="any">
            <button type="submit">Search</button></form>
            <ul class="links"><li><a href="/packages">All packages</a></li><li><a href="/runs">The last runs</a></li>\
            <li><a href="/">Status, and how to use this repository</a></li></ul>
            """
    }
}
