/// Tells a cache before the bucket that objects have changed.
///
/// Only keys that had other bytes before, or none any more, need it. A cache that is not told serves old bytes until
/// their `Cache-Control` ends; so a purge that fails is logged, and never fails a run.
package protocol CachePurger: Sendable {
    /// Returns when all was tried, or after the first request that failed for good.
    func purge(_ keys: [String]) async
}
