package import Composer
package import Facts

/// An object that this run may upload or delete until its lease ends.
package struct ClaimedDocument: Sendable, Equatable {
    package var path: String
    /// What it should say; nil when it should not exist.
    package var content: ContentHash?
    /// Bytes of that, not compressed; 0 where the database has none of them.
    package var size: Int
    /// When it came to say so.
    package var changedAtMilliseconds: Int64
    /// The date that it is served with, in seconds since 1970: rises with every change of the content.
    package var lastModifiedSeconds: Int64
    /// The ETag that the store gave for what was last stamped.
    package var deployedETag: String?
    /// Whether it was stamped before.
    package var wasPublished: Bool
    package var claimNumber: Int64
    package var attempts: Int
    /// The `update` run whose content this is.
    package var updatedRun: RunID?
}

/// An upload or a delete that the store has confirmed.
package struct Stamp: Sendable, Equatable {
    package var path: String
    package var claimNumber: Int64
    /// When the object came to say what was uploaded.
    package var changedAtMilliseconds: Int64
    /// What was uploaded; nil after a delete.
    package var hash: ContentHash?
    package var etag: String?
    /// Whether the object has an earlier one.
    package var isAgain: Bool

    /// What it says is live.
    var live: Live { self.hash.map { .content($0) } ?? .nothing }

    package init(of document: ClaimedDocument, etag: String?) {
        self.path = document.path
        self.claimNumber = document.claimNumber
        self.changedAtMilliseconds = document.changedAtMilliseconds
        self.hash = document.content
        self.etag = etag
        self.isAgain = document.wasPublished
    }
}

/// `objects` as `sync` sees them: what is dirty, and what is live.
extension Store {
    /// Records exactly what was uploaded or deleted, by key and hash, ends the leases, announces it in the feed, and marks
    /// what says something of it.
    ///
    /// Content that changed since the claim leaves the object dirty. Where the lease has passed on, what is
    /// live is unknown: the object is marked for upload again. Not where this very stamp was written before: a transaction
    /// whose commit was not heard of is tried again.
    ///
    /// - Returns: The number of stamps that came too late.
    package func stampDeployed(_ stamps: [Stamp], kind: ObjectKind = .document, run: RunID) async throws -> Int {
        try await self.engine.write { session in
            // Before anything else: stampers wait for each other here, so that positions rise in commit order.
            let positions = try FeedPositions(for: stamps, session)
            let position: SQLStatement = "CAST(\(named: "position") AS BIGINT)"
            let changed: SQLStatement = "CAST(\(named: "changed") AS BIGINT)"
            let isNews: SQLStatement =
                "\(position) > 0 AND kind = \(ObjectKind.document) AND announced_hash IS DISTINCT FROM \(named: "hash")"
            let held = try Self.endLeases(of: stamps.map { ($0.path, $0.claimNumber) }, session)
            try session.execute(
                """
                UPDATE objects
                SET deployed_hash = \(named: "hash"), live_hash = \(named: "hash"), deployed_etag = \(named: "etag"),
                    deployed_at_ms = \(.now), sent_at_ms = \(.now),
                    feed_position = CASE WHEN \(isNews) THEN \(position) ELSE feed_position END,
                    announced_at_ms = CASE WHEN \(isNews) THEN \(changed) ELSE announced_at_ms END,
                    announced_hash = CASE WHEN \(isNews) THEN \(named: "hash") ELSE announced_hash END,
                    synced_run = \(named: "run"), attempts = 0, last_error = NULL, failed_run = NULL, due_at_ms = 0
                \(.ofBatch)
                WHERE key = \(named: "key")
                """,
                each: zip(stamps, positions.ofUpdates).filter { held.contains($0.0.path) }.map {
                    stamp,
                    position -> SQLParameters in
                    [
                        "key": .text(stamp.path), "hash": .blob(stamp.hash?.bytes), "etag": .text(stamp.etag),
                        "run": .run(run), "position": .integer(position),
                        "changed": .integer(stamp.changedAtMilliseconds),
                    ]
                }
            )
            let ended = stamps.filter { !held.contains($0.path) }
            let written = try Self.written(ended, run: run, session)
            let late = ended.map(\.path).filter { !written.contains($0) }
            try Self.markUnknown(late, isSent: true, session)
            try positions.announceDeletes(session)
            try Self.noteStamps(
                Array(held.union(positions.announcedWithDeletes)),
                run: run,
                announcedFrom: positions.first,
                session
            )
            if !stamps.isEmpty, kind != .root { try Self.markAnnouncementsStale(session) }
            if stamps.contains(where: { $0.path == TreeFile.rootKey }) { try Self.noteUnreachable(session) }
            let forgotten = kind == .listing ? stamps.filter { $0.hash == nil }.map(\.path) : []
            try Self.forget(forgotten, session)
            // Last: who stamps other objects waits here.
            try Self.countSuperseded(stamps.count(where: \.isAgain) + forgotten.count, session)
            return late.count
        }
    }

    /// Those of these stamps that are in the database already, and nobody has claimed since.
    private static func written(_ stamps: [Stamp], run: RunID, _ session: any SQLSession) throws -> Set<String> {
        if stamps.isEmpty { return [] }
        let rows = try session.rows(
            """
            SELECT key, deployed_hash, deployed_etag FROM objects
            WHERE key \(anyOf: stamps.map(\.path)) AND synced_run = \(run) AND NOT \(Self.isOnItsWay)
            """
        )
        let sent = Dictionary(stamps.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
        let written = try rows.compactMap { row -> String? in
            let (key, live, etag): (String, Live, String?) = (
                try row["key"], try row["deployed_hash"], try row["deployed_etag"]
            )
            let isWritten = live == sent[key]?.live && etag == sent[key]?.etag
            return isWritten ? key : nil
        }
        return Set(written)
    }

    /// Somebody wrote, or may have written, without holding the lease: what is in the bucket is not known.
    ///
    /// Nor is what followers have fetched: the next upload is announced, whatever its content. What was live still counts
    /// as live.
    ///
    /// - Parameter isSent: Whether that was now.
    static func markUnknown(_ keys: [String], isSent: Bool, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE objects
            SET deployed_hash = \(.noBytes), due_at_ms = 0, \(isSent ? "sent_at_ms = \(.now)," : "")
                announced_hash = CASE WHEN announced_hash IS NULL THEN NULL ELSE \(.noBytes) END
            WHERE key = \(named: "key")
            """,
            each: keys.sorted().map { ["key": .text($0)] }
        )
    }

    /// Records why uploads failed and when each is tried again; the objects stay dirty.
    ///
    /// An upload that failed may have taken effect unseen. Where the lease has passed on, it may have done so after
    /// another worker's: the object is marked for upload again. Not where this very failure was written before.
    package func failUploads(_ failures: [UploadFailure], run: RunID) async throws {
        _ = try await self.engine.write { session in
            let held = try Self.fail(failures, run: run, isSent: true, session)
            let ended = failures.filter { !held.contains($0.document.path) }
            let written = try Self.written(ended, run: run, session)
            try Self.markUnknown(ended.map(\.document.path).filter { !written.contains($0) }, isSent: true, session)
        }
    }

    /// Ends the leases of claims, and keeps their objects as they are until the transaction ends.
    ///
    /// Whoever calls this stamps those that were held, or marks them.
    private static func endLeases(
        of claims: [(path: String, number: Int64)],
        _ session: any SQLSession
    ) throws -> Set<String> {
        try Self.objectLeases.end(Dictionary(claims, uniquingKeysWith: { $1 }), session)
    }

    /// Those of these failures that are in the database already, and nobody has claimed since.
    private static func written(
        _ failures: [UploadFailure],
        run: RunID,
        _ session: any SQLSession
    ) throws -> Set<String> {
        if failures.isEmpty { return [] }
        let attempts = Dictionary(failures.map { ($0.document.path, $0.document.attempts) }, uniquingKeysWith: { $1 })
        let rows = try session.rows(
            """
            SELECT key, attempts FROM objects
            WHERE key \(anyOf: Array(attempts.keys)) AND failed_run = \(run) AND NOT \(Self.isOnItsWay)
            """
        )
        let written = try rows.compactMap { row -> String? in
            let key: String = try row["key"]
            return attempts[key].map { $0 + 1 } == (try row["attempts"]) ? key : nil
        }
        return Set(written)
    }

    /// - Returns: Those whose claims were still held.
    static func fail(
        _ failures: [UploadFailure],
        run: RunID,
        isSent: Bool,
        _ session: any SQLSession
    ) throws -> Set<String> {
        let held = try Self.endLeases(of: failures.map { ($0.document.path, $0.document.claimNumber) }, session)
        try session.execute(
            """
            UPDATE objects
            SET deployed_hash = \(.noBytes), attempts = attempts + 1, last_error = \(named: "error"),
                due_at_ms = \(.now) + \(named: "delay"), \(isSent ? "sent_at_ms = \(.now)," : "") failed_run = \(named: "run")
            WHERE key = \(named: "key")
            """,
            each: failures.filter { held.contains($0.document.path) }.map { failure -> SQLParameters in
                [
                    "key": .text(failure.document.path), "error": .text(failure.error),
                    "delay": .integer(failure.retryMilliseconds), "run": .run(run),
                ]
            }
        )
        return held
    }

    /// Makes objects dirty whatever the bucket holds: they are uploaded, or deleted, once more.
    ///
    /// Not archives, whose bytes are nowhere else.
    ///
    /// - Parameter bucket: Another bucket than the known one, where they all go from now on.
    package func markForUpload(paths: [String]?, movingTo bucket: String? = nil) async throws -> Int {
        let restriction: SQLStatement = paths.map { "AND key \(anyOf: $0)" } ?? ""
        let forgetting: SQLStatement = bucket == nil ? "" : "deployed_etag = NULL, live_hash = NULL,"
        return try await self.engine.write { session in
            if let bucket { try Self.move(toBucket: bucket, session) }
            return try session.execute(
                """
                UPDATE objects SET deployed_hash = \(.noBytes), \(forgetting) due_at_ms = 0
                WHERE (content_hash IS NOT NULL OR deployed_hash IS NOT NULL) AND kind <> \(ObjectKind.archive)
                    \(restriction)
                """
            )
        }
    }

    /// One object as it should be served, with its `Last-Modified` in seconds since 1970; nil where there is none.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)`` where there is one, and its bytes are not there.
    package func document(at path: String) async throws -> (content: Blob, lastModifiedSeconds: Int64)? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Self.lastModified) AS modified, content_hash AS hash, encoding, size, bytes
                FROM objects LEFT JOIN blobs ON blobs.hash = content_hash
                WHERE key = \(path) AND content_hash IS NOT NULL
                """
            ).first.map { row in
                if try row["encoding"] as String? == nil {
                    throw StoreError.corruptBlob(hash: (try row["hash"] as ContentHash).hexadecimal)
                }
                return (try Blob(row: row), try row["modified"])
            }
        }
    }
}
