import NIOHTTP1
import Wire

/// What a server said of the state of a file, to be told it the next time.
struct FeedValidators: Equatable, Codable, Sendable {
    var etag: String?
    /// As it came; nil where it is too young to tell two changes of one second apart.
    var lastModified: String?

    /// - Parameter now: Seconds since 1970, for servers that do not say.
    init(_ headers: HTTPHeaders, now: Int64) {
        self.etag = headers.first(name: "ETag").flatMap { $0.utf8.count <= 200 ? $0 : nil }
        let date = headers.first(name: "Date").flatMap(HTTPDate.secondsSince1970(_:)) ?? now
        if let text = headers.first(name: "Last-Modified"), let modified = HTTPDate.secondsSince1970(text) {
            self.lastModified = modified < date - 1 ? text : nil
        }
    }

    var isEmpty: Bool { self.etag == nil && self.lastModified == nil }

    var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let etag = self.etag { headers.append(("If-None-Match", etag)) }
        if let lastModified = self.lastModified { headers.append(("If-Modified-Since", lastModified)) }
        return headers
    }
}
