import Command
import Composer
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// A Packagist whose archives `sync` really fetches.
protocol FetchedArchives {}

extension FetchedArchives {
    func with(
        _ database: TestDatabase,
        packages: Int = 4,
        _ body: (Pipeline, ComposerMount) async throws -> Void
    ) async throws {
        let mount = try ComposerMount("packagist", .packagist, ComposerWorld(packages: packages))
        try await RepositoryTests.with(database, [mount]) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            pipeline.fetchesArchives = true
            try await body(pipeline, mount)
        }
    }
}

extension Pipeline {
    /// Archives of the bucket.
    var archives: [String: [UInt8]] { self.bucket().filter { $0.key.hasPrefix("dist/") } }

    struct Dist: Equatable {
        var version: String
        var url: String
        var shasum: String
        var reference: String?
    }

    /// What documents say of archives of releases.
    func dists() throws -> [Dist] {
        try self.documents.filter { !$0.key.hasSuffix("~dev.json") }.sorted { $0.key < $1.key }.flatMap { _, bytes in
            let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            let packages = document?["packages"] as? [String: [[String: Any]]] ?? [:]
            return packages.values.flatMap { $0 }.compactMap { version -> Dist? in
                guard let dist = version["dist"] as? [String: Any] else { return nil }
                return Dist(
                    version: version["version"] as? String ?? "",
                    url: dist["url"] as? String ?? "",
                    shasum: dist["shasum"] as? String ?? "",
                    reference: dist["reference"] as? String
                )
            }
        }
    }

    /// P1, P17: every archive of ours that a document names is in the bucket, under the hash of its bytes, and with the
    /// checksum that the document says.
    ///
    /// - Returns: How many are named.
    @discardableResult
    func expectArchivesAreThere(_ moment: String) throws -> Int {
        let archives = self.archives
        for (key, bytes) in archives {
            let hash = ContentHash(of: bytes).hexadecimal
            #expect(key == "dist/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash).zip", "\(moment)")
        }
        let ours = try self.dists().filter { $0.url.hasPrefix(Self.archivesURL) }
        for dist in ours {
            let bytes = archives[String(dist.url.dropFirst(Self.archivesURL.count + 1))]
            #expect(bytes.map(Self.sha1) == dist.shasum, "\(moment): \(dist)")
        }
        return ours.count
    }

    /// What failed is tried again, and what the dead held is free.
    func endArchiveWaits() async throws {
        try await self.endLeases()
        _ = try await self.store.engine.write { session in
            for update in [
                "UPDATE archives SET due_at_ms = 0 WHERE due_at_ms > 0",
                "UPDATE objects SET due_at_ms = 0 WHERE due_at_ms > 0",
                "UPDATE packages SET derive_at_ms = 0 WHERE derive_at_ms > 0",
            ] as [String] {
                try session.execute(.init(unsafe: update))
            }
        }
    }
}
