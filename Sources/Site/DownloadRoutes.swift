import Composer
import FoundationEssentials
import HTTPTypes
package import Hummingbird
import NIOCore
package import Store

/// `notify-batch`: Composer reports what it has installed.
package struct DownloadRoutes: Sendable {
    private static let mostEntries = 1_000

    private struct Report: Decodable {
        struct Entry: Decodable { var name: String }
        var downloads: [Entry]
    }

    private let store: Store
    private let counter: DownloadCounter
    private let bodyBytes: Int

    /// - Parameter bodyBytes: The largest body; it is here as a whole.
    package init(store: Store, counter: DownloadCounter, bodyBytes: Int) {
        self.store = store
        self.counter = counter
        self.bodyBytes = bodyBytes
    }

    /// `POST /downloads`.
    package func add(to router: Router<some RequestContext>) {
        router.post("downloads") { request, _ in try await self.count(request) }
        router.get("downloads") { _, _ in
            var response = Response.problem(.methodNotAllowed, "downloads are reported by POST")
            response.headers[.allow] = "POST"
            return response
        }
    }

    private func count(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: self.bodyBytes)
        guard let report = try? JSONDecoder().decode(Report.self, from: Data(body.readableBytesView)) else {
            return .problem(.badRequest, #"the body is JSON such as {"downloads":[{"name":"a/b","version":"1.0"}]}"#)
        }
        guard report.downloads.count <= Self.mostEntries else {
            return .problem(.badRequest, "at most \(Self.mostEntries) downloads are reported at once")
        }
        let names = report.downloads.map { $0.name.lowercased() }
            .filter { $0.utf8.count <= 255 && PackageName.isValid($0) }
        let known = try await self.store.installable(Set(names))
        self.counter.add(names.filter(known.contains))
        return .json(["status": "success"], status: .created)
    }
}
