import FoundationEssentials
import HTTPTypes
package import Hummingbird
import NIOCore
import Store

/// `/metrics`, `/readyz` and `/status.json`.
package struct MetricsRoutes: Sendable {
    private let reader: StateReader
    private let requests: RequestMetrics

    /// - Parameter reader: Of a connection that nobody else needs.
    package init(_ reader: StateReader, requests: RequestMetrics) {
        self.reader = reader
        self.requests = requests
    }

    package func add(to router: Router<some RequestContext>) {
        router.get("metrics") { _, _ in
            let text = PipelineMetrics(
                state: try await self.reader.state(),
                census: try await self.reader.census(),
                version: self.reader.settings.version,
                publishesItself: self.reader.settings.publishesItself,
                archiveBudgetBytes: self.reader.settings.archiveBudgetBytes,
                advisoryFeeds: self.reader.settings.advisoryFeeds
            ).text(requests: self.requests)
            return Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
        router.get("readyz") { _, _ in
            let reasons = await Readiness(
                store: self.reader.store,
                settings: self.reader.settings,
                logger: self.reader.logger
            ).problems()
            return Self.uncached(
                reasons.isEmpty
                    ? .json(["status": "ready"])
                    : .json(
                        ["status": "not ready", "reason": reasons.joined(separator: "; ")],
                        status: .serviceUnavailable
                    )
            )
        }
        router.get("status.json") { _, _ in
            let report = StatusDocument(
                state: try await self.reader.state(),
                census: try await self.reader.census(),
                version: self.reader.settings.version,
                advisoryFeeds: self.reader.settings.advisoryFeeds
            )
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(report)))
            )
        }
    }

    private static func uncached(_ response: Response) -> Response {
        var response = response
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
