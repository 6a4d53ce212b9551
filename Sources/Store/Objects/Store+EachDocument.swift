extension Store {
    /// Hands the bytes of all documents to `body`, as they should be in the bucket, a few at a time.
    package func eachDocument(_ body: @escaping @Sendable ([UInt8]) -> Void) async throws {
        var position = ""
        while true {
            let after = position
            let last = try await self.engine.read { session -> String? in
                let rows = try session.rows(
                    """
                    SELECT key, hash, encoding, size, bytes FROM objects JOIN blobs ON blobs.hash = content_hash
                    WHERE key > \(after) AND kind IN (\(ObjectKind.document), \(ObjectKind.listing))
                    ORDER BY key LIMIT 100
                    """
                )
                for row in rows { body(try Blob(row: row).content()) }
                return try rows.last.map { try $0["key"] }
            }
            guard let last else { return }
            position = last
        }
    }
}
