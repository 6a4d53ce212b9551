import Composer
import Resilience

/// When a package is asked about again.
package struct Look: Equatable, Sendable {
    /// Whether the answer does not show yet what changes have promised, and is waited for.
    package var isBehind: Bool
    /// Milliseconds from now; nil for never, unless something changes.
    package var nextMilliseconds: Int64?

    package init(isBehind: Bool = false, nextMilliseconds: Int64?) {
        self.isBehind = isBehind
        self.nextMilliseconds = nextMilliseconds
    }

    /// Milliseconds until the package's own place in the period comes round, at least half a period away.
    ///
    /// Each key has a fixed place, so that looks are spread evenly however the packages came in.
    package static func place(of key: String, inEach period: Duration, nowMilliseconds: Int64) -> Int64 {
        let half = max(1, period.inMilliseconds / 2)
        let digest = ContentHash(of: Array(key.utf8)).bytes
        let place = Int64(digest.prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) % half
        let earliest = nowMilliseconds + half
        let wait = (place - earliest % half + half) % half
        return half + wait
    }
}
