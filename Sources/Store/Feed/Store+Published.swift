package import Composer

/// What the database holds of an object, for comparing it with the bucket.
package struct PublishedDocument: Sendable, Equatable {
    package enum Deployed: Sendable, Equatable {
        case nothing
        /// Somebody is at work on it, or was and vanished.
        case unknown
        case content(ContentHash)
    }

    package var path: String
    /// What it should say; nil when it should not exist.
    package var content: ContentHash?
    package var deployed: Deployed
    package var etag: String?
    /// In bytes: as it is, and as it would be stored compressed; empty when its content is not known.
    package var sizes: Set<Int>
    package var deployedAtMilliseconds: Int64?
    package var isLeased: Bool
    /// Whether the last try to upload or delete it failed.
    package var hasFailed: Bool

    /// Whether the bucket should hold exactly this now.
    package var isSettled: Bool {
        guard !self.isLeased else { return false }
        return switch self.deployed {
        case .nothing: self.content == nil
        case .unknown: false
        case .content(let hash): self.content == hash
        }
    }
}

/// Comparing the bucket with the database, and mending it.
extension Store {
    private static let publishedColumns: SQLStatement = """
        path, content_hash, deployed_hash, deployed_etag, deployed_at_ms,
            CASE WHEN lease_until_ms > \(.now) THEN 1 ELSE 0 END, size, length(bytes), attempts
        """
    private static let publishedTables: SQLStatement = "documents LEFT JOIN blobs ON hash = content_hash"

    /// The documents with these keys.
    package func published(paths: [String]) async throws -> [String: PublishedDocument] {
        try await self.engine.read { session in
            let rows = try session.rows(
                "SELECT \(Self.publishedColumns) FROM \(Self.publishedTables) WHERE path \(anyOf: paths)"
            )
            return Dictionary(try rows.map { try Self.published($0) }.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// The next documents by key of which something is live, or may be.
    package func published(after path: String, limit: Int) async throws -> [PublishedDocument] {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Self.publishedColumns) FROM \(Self.publishedTables)
                WHERE path > \(path) AND deployed_hash IS NOT NULL ORDER BY path LIMIT \(Int64(limit))
                """
            ).map(Self.published)
        }
    }

    private static func published(_ row: SQLRow) throws -> PublishedDocument {
        let deployed: PublishedDocument.Deployed =
            switch try row.optionalBlob(2) {
            case nil: .nothing
            case let bytes?: ContentHash(bytes: bytes).map { .content($0) } ?? .unknown
            }
        return PublishedDocument(
            path: try row.text(0),
            content: try row.optionalBlob(1).flatMap(ContentHash.init(bytes:)),
            deployed: deployed,
            etag: try row.optionalText(3),
            sizes: Set([try row.optionalInteger(6), try row.optionalInteger(7)].compactMap { $0.map(Int.init) }),
            deployedAtMilliseconds: try row.optionalInteger(4),
            isLeased: try row.integer(5) == 1,
            hasFailed: try row.integer(8) > 0
        )
    }

    /// What a comparison with the bucket found that has to be mended.
    package struct Repair: Sendable {
        /// Keys without an object, or whose last try failed.
        package var missing: [String] = []
        /// Objects that differ, with the ETag of what is there.
        package var differing: [(path: String, etag: String?)] = []
        /// Keys of objects that no document accounts for; each becomes one that should not exist.
        package var strays: [String] = []
        /// Another bucket than the known one, for which this database is from now on, and when it was begun to be compared, by
        /// the database's clock.
        package var move: (bucket: String, comparedFromMilliseconds: Int64)?

        package init() {}
    }

    /// Makes documents dirty whose objects are not as they should be: they are uploaded, or deleted, once more.
    package func markForRepair(_ repair: Repair) async throws {
        _ = try await self.engine.write { session in
            if let move = repair.move {
                try Self.move(toBucket: move.bucket, forgettingFrom: move.comparedFromMilliseconds, session)
            }
            try Self.markUnknown(repair.missing + repair.differing.map(\.path), isSent: false, session)
            // So that one request does: over nothing, or over what was seen and nothing else.
            try session.execute(
                "UPDATE documents SET deployed_etag = \(parameter: 1) WHERE path = \(parameter: 0)",
                each: repair.missing.map { [.text($0), .null] }
                    + repair.differing.map { [.text($0.path), .text($0.etag)] }
            )
            try session.execute(
                """
                INSERT INTO documents (path, rank, content_hash, deployed_hash, content_changed_at_ms)
                VALUES (\(parameter: 0), 1, NULL, \(.noBytes), \(.now))
                ON CONFLICT (path) DO UPDATE SET deployed_hash = \(.noBytes), due_at_ms = 0
                """,
                each: repair.strays.map { [.text($0)] }
            )
        }
    }
}
