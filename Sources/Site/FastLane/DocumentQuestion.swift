import NIOHTTP1

/// A plain question for a document, as nearly all requests are.
struct DocumentQuestion {
    var key: String
    /// False for HEAD.
    var wantsBody: Bool
    var conditions = RequestConditions()

    /// - Returns: nil for what is not plain: it has a body, is the connection's last, or repeats a field.
    init?(_ request: HTTPRequestHead) {
        guard request.method == .GET || request.method == .HEAD, request.version == .http1_1,
            request.uri.hasPrefix("/p2/") || request.uri == "/packages.json",
            let key = DocumentRoutes.key(String(request.uri.dropFirst()))
        else { return nil }
        self.key = key
        self.wantsBody = request.method == .GET
        for (name, value) in request.headers {
            // Lengths first: most fields are none of these.
            switch name.utf8.count {
            case 6 where name.lowercased() == "expect": return nil
            // Whatever else it names makes no difference, such as an offer of another protocol.
            case 10 where name.lowercased() == "connection": if value == "close" { return nil }
            case 14 where name.lowercased() == "content-length": return nil
            case 17 where name.lowercased() == "transfer-encoding": return nil
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
}
