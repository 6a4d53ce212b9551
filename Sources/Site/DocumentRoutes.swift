import Composer
import FoundationEssentials
import HTTPTypes
package import Hummingbird
import NIOCore
package import Store

/// The documents of the repository, straight from the database.
package struct DocumentRoutes: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// `/packages.json`, `/p2/VENDOR/NAME.json` and its `~dev`, for GET and HEAD.
    package func add(to router: Router<some RequestContext>) {
        router.get("packages.json") { request, _ in try await self.respond(to: request, path: "packages.json") }
        router.get("p2/:vendor/:file") { request, context in
            let vendor = try context.parameters.require("vendor")
            let file = try context.parameters.require("file")
            return try await self.respond(to: request, path: "p2/\(vendor)/\(file)")
        }
    }

    private func respond(to request: Request, path: String) async throws -> Response {
        guard let (blob, changedAtMilliseconds) = try await self.store.document(at: path) else {
            return .problem(.notFound, "there is no '\(path)' here")
        }
        let isCompressed = blob.encoding == .gzip && request.acceptsGzip
        // Two encodings are two representations, each with a strong ETag of its own.
        let etag = "\"\(blob.hash.hexadecimal.prefix(32))\(isCompressed ? "-gzip" : "")\""
        let modified = HTTPDate.text(secondsSince1970: changedAtMilliseconds / 1_000)
        var headers = HTTPFields([
            HTTPField(name: .contentType, value: "application/json"),
            HTTPField(name: .eTag, value: etag),
            HTTPField(name: .lastModified, value: modified),
            HTTPField(name: .cacheControl, value: "public, max-age=60"),
            HTTPField(name: .vary, value: "Accept-Encoding"),
        ])
        if request.hasCurrent(etag: etag, modifiedSecondsSince1970: changedAtMilliseconds / 1_000) {
            return Response(status: .notModified, headers: headers)
        }
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let bytes = isCompressed ? blob.bytes : try blob.content()
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension Request {
    /// Whether the client takes gzip; `gzip;q=0` refuses it.
    var acceptsGzip: Bool {
        guard let accepted = self.headers[.acceptEncoding] else { return false }
        return accepted.split(separator: ",").contains { part in
            let words = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let coding = words.first, coding == "gzip" || coding == "*" else { return false }
            return !words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }

    /// Whether the client already has this representation (RFC 9110, 13.2.2: an ETag outranks a date).
    func hasCurrent(etag: String, modifiedSecondsSince1970: Int64) -> Bool {
        if let known = self.headers[.ifNoneMatch] {
            return known.split(separator: ",").contains { part in
                var tag = part.filter { !$0.isWhitespace }
                if tag.hasPrefix("W/") { tag.removeFirst(2) }
                return tag == "*" || tag == etag
            }
        }
        guard let since = self.headers[.ifModifiedSince], let date = HTTPDate.secondsSince1970(since) else {
            return false
        }
        return modifiedSecondsSince1970 <= date
    }
}

extension Response {
    /// An error as JSON: `{"error": "…"}`.
    static func problem(_ status: HTTPResponse.Status, _ message: String) -> Response {
        .json(["error": message], status: status)
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
