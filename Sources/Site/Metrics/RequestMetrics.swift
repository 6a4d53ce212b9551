package import Hummingbird
import Synchronization

/// Counts requests and how long their answers took to make, by route and status.
///
/// Routes are templates such as `/p2/{vendor}/{file}`, so that their number is bounded whatever is asked for.
package final class RequestMetrics: Sendable {
    private struct Route {
        var answers: [Int: Int] = [:]
        var counts = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        var sum = 0.0
    }

    /// Upper bounds of the histogram's buckets in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private let routes = Mutex<[String: Route]>([:])

    package init() {}

    func record(route: String, status: Int, seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        self.routes.withLock { routes in
            // One look-up: this is done for each request.
            func count(_ route: inout Route) {
                route.answers[status, default: 0] += 1
                route.counts[bucket] += 1
                route.sum += seconds
            }
            count(&routes[route, default: Route()])
        }
    }

    func write(to text: inout PrometheusText) {
        let routes = self.routes.withLock { $0 }.sorted { $0.key < $1.key }
        let total = "packline_http_requests_total"
        text.begin(total, .counter, "Requests answered since the process started.")
        for (name, route) in routes {
            for (status, count) in route.answers.sorted(by: { $0.key < $1.key }) {
                text.sample(total, [("route", name), ("status", "\(status)")], "\(count)")
            }
        }
        let name = "packline_http_request_duration_seconds"
        text.begin(name, .histogram, "Time from a request's head to its answer's, by route.")
        for (route, histogram) in routes {
            var count = 0
            for (bound, inBucket) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
                count += inBucket
                text.sample("\(name)_bucket", [("route", route), ("le", bound)], "\(count)")
            }
            text.sample("\(name)_sum", [("route", route)], "\(histogram.sum)")
            text.sample("\(name)_count", [("route", route)], "\(count)")
        }
    }
}

/// Feeds ``RequestMetrics``; the outermost of all middleware, so that it sees what is sent.
package struct RequestMetricsMiddleware<Context: RequestContext>: RouterMiddleware {
    private let metrics: RequestMetrics

    package init(_ metrics: RequestMetrics) { self.metrics = metrics }

    @concurrent
    package func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        func record(_ status: Int) {
            // Hummingbird calls the route of what no route answers NotFound.
            let template = context.endpointPath.flatMap { $0 == "NotFound" ? nil : $0 } ?? "none"
            let duration = start.duration(to: .now) / .seconds(1)
            self.metrics.record(route: template, status: status, seconds: duration)
        }
        do {
            let response = try await next(request, context)
            record(response.status.code)
            return response
        } catch {
            record((error as? any HTTPResponseError)?.status.code ?? 500)
            throw error
        }
    }
}
