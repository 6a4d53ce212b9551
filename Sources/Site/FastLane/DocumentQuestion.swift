import Composer
import NIOHTTP1
import Store

/// A plain question for a document, as nearly all requests are.
struct DocumentQuestion: Sendable {
    var key: String
    /// False for HEAD.
    var wantsBody: Bool
    var conditions = RequestConditions()
    /// As the metrics call it.
    var route: String
    private(set) var authorization: String?

    /// - Returns: nil for what is not plain: it has a body, or repeats a field.
    init?(_ request: HTTPRequestHead) {
        guard request.method == .GET || request.method == .HEAD, request.version.major == 1,
            let route = Self.route(request.uri),
            let key = DocumentRoutes.key(String(Substring(request.uri.utf8.dropFirst())))
        else { return nil }
        self.key = key
        self.route = route
        self.wantsBody = request.method == .GET
        for (name, value) in request.headers {
            // Lengths first: most fields are none of these.
            switch name.utf8.count {
            case 6 where name.lowercased() == "expect": return nil
            case 14 where name.lowercased() == "content-length": return nil
            case 17 where name.lowercased() == "transfer-encoding": return nil
            case 13 where name.lowercased() == "authorization":
                if self.authorization != nil { return nil }
                self.authorization = value
            case 15 where name.lowercased() == "accept-encoding":
                if self.conditions.acceptEncoding != nil { return nil }
                self.conditions.acceptEncoding = value
            case 13 where name.lowercased() == "if-none-match":
                if self.conditions.ifNoneMatch != nil { return nil }
                self.conditions.ifNoneMatch = value
            case 17 where name.lowercased() == "if-modified-since":
                if self.conditions.ifModifiedSince != nil { return nil }
                self.conditions.ifModifiedSince = value
            default: break
            }
        }
    }

    /// Whether the client has that already.
    func isAnswered(by document: KnownDocument) -> Bool {
        self.conditions.clientHas(
            etag: Representation.etag(document.tag, isCompressed: self.conditions.acceptsGzip),
            modifiedSecondsSince1970: document.lastModifiedSeconds
        )
    }

    /// The template of ``DocumentRoutes`` that a target is for.
    private static func route(_ uri: String) -> String? {
        if uri.hasPrefix("/p2/") { return self.isPair(uri, behind: 4) ? "/p2/{vendor}/{file}" : nil }
        if uri.hasPrefix("/advisories/p2/") {
            return self.isPair(uri, behind: 15) ? "/advisories/p2/{vendor}/{file}" : nil
        }
        if uri.hasPrefix("/v1/p/") { return self.isPair(uri, behind: 6) ? "/v1/p/{vendor}/{file}" : "/v1/p/{vendor}" }
        let others = ["/packages.json", "/filter/summary.json", "/advisories/packages.json", "/v1/packages.json"]
        return others.contains(uri) ? uri : nil
    }

    private static func isPair(_ uri: String, behind count: Int) -> Bool {
        var slashes = 0
        for byte in uri.utf8.dropFirst(count) where byte == UInt8(ascii: "/") { slashes += 1 }
        return slashes == 1
    }
}
