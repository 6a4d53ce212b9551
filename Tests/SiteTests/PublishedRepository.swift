import Composer
import Hummingbird
import HummingbirdTesting
import Logging
import Site
import Store
import TestSupport

/// A database with packages that tests change and publish as the stages would.
struct PublishedRepository: Sendable {
    static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    let store: Store

    /// An empty one, with a site over it.
    static func with(
        _ database: TestDatabase,
        _ body: @escaping @Sendable (any TestClientProtocol, PublishedRepository) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let repository = PublishedRepository(store: stores[0])
            var configuration = Site.Configuration()
            configuration.pages.sources = SourcePages.tested
            let router = Site.router(store: stores[0], configuration: configuration, logger: Self.logger)
            try await Application(router: router).test(.router) { client in
                try await body(client, repository)
            }
        }
    }

    /// Sets what a plugin's or theme's documents should say; nil withdraws them.
    func set(_ name: String, _ text: String?, title: String? = nil, installs: Int64? = nil) async throws {
        let parts = name.split(separator: "/").map(String.init)
        let source = parts[0] == "wp-theme" ? "wordpress-themes" : "wordpress-plugins"
        let blobs = text.map { text in ["", "~dev"].map { ("p2/\(name)\($0).json", Blob(of: Array((text + $0).utf8))) }
        }
        _ = try await self.store.engine.write { session in
            try session.execute("INSERT INTO sources (name) VALUES (\(source)) ON CONFLICT (name) DO NOTHING")
            try session.execute(
                """
                INSERT INTO packages (source, key, name, due_at_ms, state, title, active_installs)
                VALUES (\(source), \(parts[1]), \(name), 0, 'active', \(.text(title)), \(.integer(installs)))
                ON CONFLICT (source, key) DO NOTHING
                """
            )
            let id =
                try session.rows(
                    "SELECT id FROM packages WHERE source = \(source) AND key = \(parts[1])"
                )[0]["id"] as Int64
            for (path, blob) in blobs ?? [] {
                try session.execute(
                    """
                    INSERT INTO blobs (hash, encoding, size, bytes)
                    VALUES (\(blob.hash.bytes), \(blob.encoding.rawValue), \(Int64(blob.size)), \(blob.bytes))
                    ON CONFLICT (hash) DO NOTHING
                    """
                )
                try session.execute(
                    """
                    INSERT INTO objects (key, package_id, kind, content_hash, content_changed_at_ms)
                    VALUES (\(path), \(id), 'document', \(blob.hash.bytes), \(.now))
                    ON CONFLICT (key) DO UPDATE
                        SET content_hash = excluded.content_hash, content_changed_at_ms = excluded.content_changed_at_ms
                    """
                )
            }
            if text == nil {
                try session.execute(
                    "UPDATE objects SET content_hash = NULL, content_changed_at_ms = \(.now) WHERE package_id = \(id)"
                )
            }
        }
    }

    /// Publishes all that is dirty.
    func publish() async throws {
        let documents = try await self.store.claimDirty(
            kind: .document,
            limit: 1_000,
            run: 1,
            leaseMilliseconds: 86_400_000
        )
        _ = try await self.store.stampDeployed(documents.map { Stamp(of: $0, etag: nil) }, run: 1)
    }
}
