package import Composer

/// A document that this run may upload or delete until its lease ends.
package struct ClaimedDocument: Sendable, Equatable {
    package var path: String
    /// What it should say; nil when it should not exist.
    package var content: ContentHash?
    /// Since when it says so, in seconds since 1970: rises with every change of the content.
    package var lastModifiedSeconds: Int64
    /// The ETag that the store gave for what was last stamped.
    package var deployedETag: String?
    package var claimNumber: Int64
    package var attempts: Int
    /// The `update` run whose content this is.
    package var updatedRun: Int64?
}

/// An upload or a delete that the store has confirmed.
package struct Stamp: Sendable, Equatable {
    package var path: String
    package var claimNumber: Int64
    /// What was uploaded; nil after a delete.
    package var hash: ContentHash?
    package var etag: String?

    package init(path: String, claimNumber: Int64, hash: ContentHash?, etag: String?) {
        self.path = path
        self.claimNumber = claimNumber
        self.hash = hash
        self.etag = etag
    }
}

/// `documents` as `sync` sees them: what is dirty, and what is live.
extension Store {
    /// Documents of packages; uploaded before the root.
    package static let packageRank: Int64 = 1
    /// `packages.json`.
    package static let rootRank: Int64 = 2

    /// Records exactly what was uploaded or deleted, by path and hash, ends the leases, and announces it in the feed.
    ///
    /// Content that changed since the claim leaves the document dirty. Where the lease has passed on, what is
    /// live is unknown: the document is marked for upload again.
    ///
    /// - Returns: The number of stamps that came too late.
    package func stampDeployed(_ stamps: [Stamp], run: Int64) async throws -> Int {
        try await self.engine.write { session in
            // Before anything else: stampers wait for each other here, so that positions rise in commit order.
            let positions = try FeedPositions(for: stamps, session)
            let isNews: SQLStatement =
                "CAST(\(parameter: 5) AS BIGINT) > 0 AND rank = 1 AND announced_hash IS DISTINCT FROM \(parameter: 2)"
            let written = try session.execute(
                """
                UPDATE documents
                SET deployed_hash = \(parameter: 2), deployed_etag = \(parameter: 3), deployed_at_ms = \(.now),
                    sent_at_ms = \(.now),
                    feed_position = CASE WHEN \(isNews) THEN \(parameter: 5) ELSE feed_position END,
                    announced_at_ms = CASE WHEN \(isNews) THEN claimed_at_ms ELSE announced_at_ms END,
                    announced_hash = CASE WHEN \(isNews) THEN \(parameter: 2) ELSE announced_hash END,
                    synced_run = \(parameter: 4), attempts = 0, last_error = NULL, failed_run = NULL, due_at_ms = 0,
                    lease_run = NULL, lease_until_ms = 0
                WHERE path = \(parameter: 0) AND claim_number = \(parameter: 1)
                """,
                each: zip(stamps, positions.ofUpdates).map { stamp, position in
                    [
                        .text(stamp.path), .integer(stamp.claimNumber), .blob(stamp.hash?.bytes), .text(stamp.etag),
                        .integer(run), .integer(position),
                    ]
                }
            )
            let late = zip(stamps, written).filter { $0.1 == 0 }.map(\.0.path)
            try Self.markUnknown(late, isSent: true, session)
            try positions.announceDeletes(session)
            return late.count
        }
    }

    /// Somebody wrote, or may have written, without holding the lease: what is live is not known.
    ///
    /// Nor is what followers have fetched: the next upload is announced, whatever its content.
    ///
    /// - Parameter isSent: Whether that was now.
    static func markUnknown(_ paths: [String], isSent: Bool, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE documents
            SET deployed_hash = \(.noBytes), due_at_ms = 0, \(isSent ? "sent_at_ms = \(.now)," : "")
                announced_hash = CASE WHEN announced_hash IS NULL THEN NULL ELSE \(.noBytes) END
            WHERE path = \(parameter: 0)
            """,
            each: paths.map { [.text($0)] }
        )
    }

    /// Records why uploads failed and when each is tried again; the documents stay dirty.
    ///
    /// An upload that failed may have taken effect unseen. Where the lease has passed on, it may have done so after
    /// another worker's: the document is marked for upload again.
    package func failUploads(_ failures: [UploadFailure], run: Int64) async throws {
        _ = try await self.engine.write { session in
            let written = try Self.fail(failures, run: run, isSent: true, session)
            let late = zip(failures, written).filter { $0.1 == 0 }.map(\.0.document.path)
            try Self.markUnknown(late, isSent: true, session)
        }
    }

    /// - Returns: For each failure, 1 where the claim was still held.
    static func fail(
        _ failures: [UploadFailure],
        run: Int64,
        isSent: Bool,
        _ session: any SQLSession
    ) throws -> [Int] {
        try session.execute(
            """
            UPDATE documents
            SET attempts = attempts + 1, last_error = \(parameter: 2), due_at_ms = \(.now) + \(parameter: 3),
                failed_run = \(parameter: 4), \(isSent ? "sent_at_ms = \(.now)," : "")
                lease_run = NULL, lease_until_ms = 0
            WHERE path = \(parameter: 0) AND claim_number = \(parameter: 1)
            """,
            each: failures.map {
                [
                    .text($0.document.path), .integer($0.document.claimNumber), .text($0.error),
                    .integer($0.retryMilliseconds), .integer(run),
                ]
            }
        )
    }

    /// Makes documents dirty whatever the bucket holds: they are uploaded, or deleted, once more.
    ///
    /// - Parameter bucket: Another bucket than the known one, where they all go from now on.
    package func markForUpload(paths: [String]?, movingTo bucket: String? = nil) async throws -> Int {
        let restriction: SQLStatement = paths.map { "AND path \(anyOf: $0)" } ?? ""
        let forgetting: SQLStatement = bucket == nil ? "" : "deployed_etag = NULL,"
        return try await self.engine.write { session in
            if let bucket { try Self.move(toBucket: bucket, session) }
            return try session.execute(
                """
                UPDATE documents SET deployed_hash = \(.noBytes), \(forgetting) due_at_ms = 0
                WHERE (content_hash IS NOT NULL OR deployed_hash IS NOT NULL) \(restriction)
                """
            )
        }
    }

    /// One document as it should be served, with its `Last-Modified` in seconds since 1970; nil where there is none.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)`` where there is one, and its bytes are not there.
    package func document(at path: String) async throws -> (content: Blob, lastModifiedSeconds: Int64)? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Self.lastModified), content_hash, blobs.encoding, blobs.size, blobs.bytes
                FROM documents LEFT JOIN blobs ON blobs.hash = content_hash
                WHERE path = \(path) AND content_hash IS NOT NULL
                """
            ).first.map { row in
                if try row.optionalText(2) == nil {
                    throw StoreError.corruptBlob(hash: ContentHash(bytes: try row.blob(1))?.hexadecimal ?? "")
                }
                return (try Blob(row: row, from: 1), try row.integer(0))
            }
        }
    }
}
