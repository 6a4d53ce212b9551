import Composer
import Facts
import HTTPTypes
package import Hummingbird
package import Store
import Wire

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
            self.type = query["type"]?.lowercased()
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
    private let settings: PageSettings

    package init(store: Store, settings: PageSettings) {
        self.store = store
        self.settings = settings
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("search.json") { request, _ in try await self.answer(to: request) }
    }

    private func answer(to request: Request) async throws -> Response {
        let inquiry: Inquiry
        do { inquiry = try Inquiry(request.query) } catch { return .problem(.badRequest, error.message) }
        var query = PackageQuery()
        query.words = inquiry.words
        query.sources = inquiry.type.map(self.settings.sources(ofType:))
        (query.isPublished, query.order) = (true, .relevance)
        // Who searches wants to install; closed packages are found by the name that somebody requires.
        if self.settings.closedPolicy == .tombstone { query.state = .active }
        (query.limit, query.offset) = (inquiry.perPage, (inquiry.page - 1) * inquiry.perPage)
        let (packages, total) = try await self.store.packages(query)
        var json = JSONWriter(reservingCapacity: 256 + 256 * packages.count)
        json.append(raw: "{\"results\":[")
        for (index, package) in packages.enumerated() {
            if index > 0 { json.append(raw: ",") }
            self.append(package, to: &json)
        }
        json.append(raw: "],\"total\":")
        json.append(Int64(total))
        if inquiry.page * inquiry.perPage < total {
            json.append(raw: ",\"next\":")
            json.append(self.address(ofPageAfter: inquiry, request))
        }
        json.append(raw: "}")
        return try Representation(json: json.bytes, date: FeedDate(secondsSince1970: HTTPDate.now), caching: .minute)
            .response(to: request)
    }

    private func append(_ package: PackageSummary, to json: inout JSONWriter) {
        json.append(raw: "{\"name\":")
        json.append(package.label)
        json.append(raw: ",\"description\":")
        json.append(package.title ?? "")
        json.append(raw: ",\"url\":")
        json.append("\(self.settings.publicURL ?? "")/packages/\(package.label)")
        json.append(raw: ",\"repository\":")
        json.append(self.settings.source(package.source)?.repository(package.key) ?? "")
        json.append(raw: ",\"downloads\":")
        json.append(Int64(package.downloads))
        json.append(raw: ",\"favers\":0")
        if package.state == .closed, self.settings.closedPolicy == .abandon { json.append(raw: ",\"abandoned\":true") }
        json.append(raw: "}")
    }

    /// The same query with the next page; relative where nobody knows how `serve` is reached.
    private func address(ofPageAfter inquiry: Inquiry, _ request: Request) -> String {
        let kept = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("page=") }
        return "\(self.settings.publicURL ?? "")/search.json?"
            + (kept + ["page=\(inquiry.page + 1)"]).joined(separator: "&")
    }
}
