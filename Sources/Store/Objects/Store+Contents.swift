package import Composer
package import Facts

/// An upload or a delete that did not succeed, why, and how long until it is tried again.
package typealias UploadFailure = (document: ClaimedDocument, error: String, retryMilliseconds: Int64)

/// The bytes of objects.
extension Store {
    /// The bytes of these contents, as far as the database has them.
    package func contents(_ hashes: [ContentHash]) async throws -> [ContentHash: Blob] {
        let hashes = Set(hashes)
        if hashes.isEmpty { return [:] }
        return try await self.engine.read { try Self.contents(hashes, $0) }
    }

    static func contents(_ hashes: Set<ContentHash>, _ session: any SQLSession) throws -> [ContentHash: Blob] {
        let blobs = try session.rows(
            "SELECT hash, encoding, size, bytes FROM blobs WHERE hash \(anyOf: hashes.map(\.bytes))"
        ).map { try Blob(row: $0) }
        return Dictionary(blobs.map { ($0.hash, $0) }, uniquingKeysWith: { $1 })
    }

    /// Those of these contents whose bytes the database has; without reading the bytes.
    package func present(_ hashes: [ContentHash]) async throws -> Set<ContentHash> {
        let hashes = Set(hashes)
        if hashes.isEmpty { return [] }
        return try await self.engine.read { session in
            let rows = try session.rows("SELECT hash FROM blobs WHERE hash \(anyOf: hashes.map(\.bytes))")
            return Set(try rows.map { try $0["hash"] })
        }
    }

    /// Records of claimed objects that their bytes are missing or damaged, and has them derived again.
    ///
    /// `update` derives the packages' documents from their stored payloads, and asks upstream where these are lost too.
    /// The objects are due as soon as that is done; the delay is for a database that is mended otherwise. Others with
    /// the same bytes have lost them too.
    ///
    /// - Parameter damaged: The bytes that were found in place of the right ones, which take their place no longer.
    package func loseContents(
        of failures: [UploadFailure],
        damaged: [Blob],
        run: RunID
    ) async throws {
        _ = try await self.engine.write { session in
            _ = try Self.fail(failures, run: run, isSent: false, session)
            // Not what somebody has put right meanwhile.
            let removed = try session.execute(
                "DELETE FROM blobs WHERE hash = \(named: "hash") AND bytes = \(named: "bytes")",
                each: damaged.map { ["hash": .blob($0.hash.bytes), "bytes": .blob($0.bytes)] }
            )
            let wanted = Set(failures.compactMap(\.document.content))
            let mended = Set(zip(damaged, removed).filter { $0.1 == 0 }.map(\.0.hash))
            let present = try session.rows("SELECT hash FROM blobs WHERE hash \(anyOf: wanted.map(\.bytes))")
            let lost = wanted.subtracting(try present.map { try $0["hash"] }).subtracting(mended)
            guard !lost.isEmpty else { return }
            // A look at all objects: what is lost is rare, and its count goes by who is known to have lost it.
            let isLost: SQLStatement = "content_hash \(anyOf: lost.map(\.bytes)) AND content_lost = 0"
            try session.execute(
                """
                UPDATE packages
                SET derived_key = NULL, format = 0,
                    due_at_ms = CASE WHEN payload_hash IS NULL THEN \(.now) ELSE due_at_ms END
                WHERE id IN (SELECT package_id FROM objects WHERE \(isLost))
                """
            )
            // What belongs to no package is derived again from what is live.
            try Self.deriveTreeAgain(where: isLost, session)
            try session.execute("UPDATE objects SET content_lost = 1 WHERE \(isLost)")
        }
    }
}
