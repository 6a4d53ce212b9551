import Composer
import Facts
import HTTPTypes
package import Hummingbird
package import Store
import Wire
package import WordPress

/// `/search.json`, as Packagist answers it: what `composer search` asks.
package struct SearchRoutes: Sendable {
    /// What a request asks for.
    private struct Inquiry {
        struct Refusal: Error {
            var message: String
        }

        var words: [String]
        var type: String?
        var page: Int
        var perPage: Int

        init(_ query: QueryString) throws(Refusal) {
            let text = query["q"] ?? ""
            self.type = query["type"]
            if text.isEmpty, self.type == nil { throw Refusal(message: "Missing search query, example: ?q=example") }
            self.words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            guard text.utf8.count <= 200, self.words.count <= 10, text.utf8.allSatisfy({ $0 != 0 }) else {
                throw Refusal(message: "'q' takes at most 10 words in 200 bytes")
            }
            self.page = try Self.number(query["page"], "page", default: 1, upTo: 10_000)
            self.perPage = try Self.number(query["per_page"], "per_page", default: 15, upTo: 100)
        }

        private static func number(
            _ text: String?,
            _ name: String,
            default fallback: Int,
            upTo most: Int
        ) throws(Refusal) -> Int {
            guard let text else { return fallback }
            guard let number = Int(text), (1...most).contains(number) else {
                throw Refusal(message: "'\(name)' takes a whole number from 1 to \(most) (default: \(fallback))")
            }
            return number
        }
    }

    private let store: Store
    private let settings: DerivationSettings

    package init(store: Store, settings: DerivationSettings) {
        self.store = store
        self.settings = settings
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("search.json") { request, _ in try await self.answer(to: request) }
    }

    private func answer(to request: Request) async throws -> Response {
        let inquiry: Inquiry
        do { inquiry = try Inquiry(request.query) } catch { return .problem(.badRequest, error.message) }
        let (words, source) = self.sought(inquiry)
        let found = try await self.store.search(
            words,
            source: source,
            limit: inquiry.perPage,
            offset: (inquiry.page - 1) * inquiry.perPage
        )
        var json = JSONWriter(reservingCapacity: 256 + 256 * found.hits.count)
        json.append(raw: "{\"results\":[")
        for (index, hit) in found.hits.enumerated() {
            if index > 0 { json.append(raw: ",") }
            self.append(hit, to: &json)
        }
        json.append(raw: "],\"total\":")
        json.append(Int64(found.total))
        if inquiry.page * inquiry.perPage < found.total {
            json.append(raw: ",\"next\":")
            json.append(self.address(ofPageAfter: inquiry, request))
        }
        json.append(raw: "}")
        return try Representation(json: json.bytes, secondsSince1970: HTTPDate.now, caching: .minute)
            .response(to: request)
    }

    /// The words without a vendor before them, and the source that vendor or type mean.
    private func sought(_ inquiry: Inquiry) -> (words: [String], source: String?) {
        var source = inquiry.type.map { "\($0.lowercased())s" }
        let words = inquiry.words.compactMap { word -> String? in
            let parts = word.lowercased().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let type = self.type(ofVendor: String(parts[0])) else { return word }
            source = source ?? "\(type.rawValue)s"
            return parts[1].isEmpty ? nil : String(parts[1])
        }
        return (words, source)
    }

    private func type(ofVendor vendor: String) -> PackageType? {
        PackageType.allCases.first { self.settings.name(type: $0, slug: "x") == "\(vendor)/x" }
    }

    private func append(_ hit: Store.SearchHit, to json: inout JSONWriter) {
        json.append(raw: "{\"name\":")
        json.append(hit.name)
        json.append(raw: ",\"description\":")
        json.append(hit.title ?? "")
        json.append(raw: ",\"url\":")
        json.append("\(self.settings.publicURL ?? "")/packages/\(hit.name)")
        json.append(raw: ",\"repository\":")
        let isTheme = PublishedPackages.type(ofSource: hit.source) == PackageType.theme.rawValue
        json.append("\(isTheme ? self.settings.themesSubversionURL : self.settings.pluginsSubversionURL)/\(hit.slug)/")
        json.append(raw: ",\"downloads\":")
        json.append(Int64(hit.downloads))
        json.append(raw: ",\"favers\":0")
        if hit.isClosed, self.settings.closedPolicy == .abandon { json.append(raw: ",\"abandoned\":true") }
        json.append(raw: "}")
    }

    /// The same query with the next page; relative where nobody knows how `serve` is reached.
    private func address(ofPageAfter inquiry: Inquiry, _ request: Request) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("page=") }
        return "\(self.settings.publicURL ?? "")/search.json?"
            + (kept + ["page=\(inquiry.page + 1)"]).joined(separator: "&")
    }
}
