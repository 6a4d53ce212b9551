/// How fast upstreams may be asked in one run, where the operator has said so.
package struct RequestedPace: Equatable, Sendable {
    /// The most requests in flight that anything can be set to.
    package static let mostAtOnce = 1_000

    /// 0 means no limit; nil where nothing was said.
    package var requestsPerSecond: Double?
    /// nil where nothing was said.
    package var concurrency: Int?

    package init(requestsPerSecond: Double? = nil, concurrency: Int? = nil) {
        (self.requestsPerSecond, self.concurrency) = (requestsPerSecond, concurrency)
    }

    /// The smaller of what was said and what a source's settings say; 0 where neither says anything: no limit.
    package func requestsPerSecond(within own: Double?) -> Double {
        // No limit is the largest of all.
        let said = [self.requestsPerSecond, own].compactMap(\.self).filter { $0 > 0 }
        return said.min() ?? 0
    }

    /// The smaller of what was said and what a source's settings say; nil where neither says anything.
    package func concurrency(within own: Int?) -> Int? { [self.concurrency, own].compactMap(\.self).min() }
}
