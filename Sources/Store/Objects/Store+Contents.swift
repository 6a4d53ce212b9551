package import Composer

/// An upload or a delete that did not succeed, why, and how long until it is tried again.
package typealias UploadFailure = (document: ClaimedDocument, error: String, retryMilliseconds: Int64)

/// The bytes of documents.
extension Store {
    /// The bytes of these contents, as far as the database has them.
    package func contents(_ hashes: [ContentHash]) async throws -> [ContentHash: Blob] {
        let hashes = Set(hashes)
        if hashes.isEmpty { return [:] }
        return try await self.engine.read { session in
            let blobs = try session.rows(
                "SELECT hash, encoding, size, bytes FROM blobs WHERE hash \(anyOf: hashes.map(\.bytes))"
            ).map { try Blob(row: $0, from: 0) }
            return Dictionary(blobs.map { ($0.hash, $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// Those of these contents whose bytes the database has; without reading the bytes.
    package func present(_ hashes: [ContentHash]) async throws -> Set<ContentHash> {
        let hashes = Set(hashes)
        if hashes.isEmpty { return [] }
        return try await self.engine.read { session in
            let rows = try session.rows("SELECT hash FROM blobs WHERE hash \(anyOf: hashes.map(\.bytes))")
            return Set(try rows.compactMap { ContentHash(bytes: try $0.blob(0)) })
        }
    }

    /// Records of claimed documents that their bytes are missing or damaged, and has them derived again.
    ///
    /// `update` derives the packages' documents from their stored payloads, and asks upstream where these are lost too.
    /// The documents are due as soon as that is done; the delay is for a database that is mended otherwise.
    ///
    /// - Parameter damaged: The bytes that were found in place of the right ones, which take their place no longer.
    package func loseContents(
        of failures: [UploadFailure],
        damaged: [Blob],
        run: Int64
    ) async throws {
        _ = try await self.engine.write { session in
            _ = try Self.fail(failures, run: run, isSent: false, session)
            let documents = failures.map {
                [SQLValue.text($0.document.path), .blob($0.document.content?.bytes)]
            }
            let isMeant: SQLStatement = "path = \(parameter: 0) AND content_hash = \(parameter: 1)"
            try session.execute("UPDATE documents SET content_lost = 1 WHERE \(isMeant)", each: documents)
            // Not what somebody has put right meanwhile.
            try session.execute(
                "DELETE FROM blobs WHERE hash = \(parameter: 0) AND bytes = \(parameter: 1)",
                each: damaged.map { [.blob($0.hash.bytes), .blob($0.bytes)] }
            )
            try session.execute(
                """
                UPDATE packages
                SET derived_key = NULL, format = 0,
                    due_at_ms = CASE WHEN payload_hash IS NULL THEN \(.now) ELSE due_at_ms END
                WHERE id IN (SELECT package_id FROM documents WHERE \(isMeant))
                """,
                each: documents
            )
        }
    }
}
