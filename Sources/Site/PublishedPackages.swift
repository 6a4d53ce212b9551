import Composer
import Store
import Synchronization
import WordPress

/// The names of all published packages, read again when something was published.
final class PublishedPackages: Sendable {
    struct Package: Sendable {
        var name: String
        var type: String
    }

    private let store: Store
    private let cache = Mutex<(timestamp: Int64, packages: [Package])?>(nil)

    init(store: Store) { self.store = store }

    /// The packages, and the timestamp of the feed that they are at least as new as.
    func current() async throws -> (timestamp: Int64, packages: [Package]) {
        let timestamp = try await self.store.feedTimestamp()
        if let cached = self.cache.withLock({ $0 }), cached.timestamp == timestamp { return cached }
        // Read after the timestamp: what is published in between makes the next caller read again.
        let packages = try await self.store.publishedPackages().map {
            Package(name: $0.name, type: Self.type(ofSource: $0.source))
        }
        self.cache.withLock { $0 = (timestamp, packages) }
        return (timestamp, packages)
    }

    /// `wordpress-plugins` is the source of packages of type `wordpress-plugin`.
    static func type(ofSource source: String) -> String {
        PackageType.allCases.first { "\($0.rawValue)s" == source }?.rawValue ?? source
    }
}
