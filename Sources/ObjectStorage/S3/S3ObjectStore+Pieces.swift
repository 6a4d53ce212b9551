import NIOHTTP1

extension S3ObjectStore {
    package func piece(of key: String, from offset: Int, count: Int) async throws -> ObjectPiece? {
        try self.checkKey(key, .get)
        var request = self.request(.get, .GET, key: key)
        request.headers.append(("range", "bytes=\(offset)-\(offset + count - 1)"))
        request.maxAnswerBytes = count
        do {
            return try await self.withRetries { [request] _ in
                let answer = try await self.exchange(request)
                if self.saysMissing(answer) { return nil }
                // Nothing begins there: an object without bytes, which has no first one.
                if answer.status == 416 {
                    guard let version = try await self.head(key) else { return nil }
                    return ObjectPiece(bytes: [], size: version.size ?? 0, tag: version.etag)
                }
                let version = try self.version(in: answer, to: request)
                let bytes = answer.bodyBytes
                // All of it, by a server that does not know of parts, where that is no more than was asked for.
                if answer.status == 200, offset == 0 {
                    return ObjectPiece(bytes: bytes, size: bytes.count, tag: version.etag)
                }
                guard answer.status == 206, let range = answer.headers.first(name: "content-range"),
                    let slash = range.lastIndex(of: "/"), let size = Int(range[range.index(after: slash)...]),
                    range.hasPrefix("bytes \(offset)-"), offset + bytes.count <= size
                else { throw self.noPieces(key) }
                return ObjectPiece(bytes: bytes, size: size, tag: version.etag)
            }
        } catch let error as ObjectStoreError where error.code == .tooLarge {
            throw self.noPieces(key)
        }
    }

    private func noPieces(_ key: String) -> ObjectStoreError {
        ObjectStoreError(
            code: .unsupported,
            operation: .get,
            key: key,
            store: self.description,
            message: "the store answers with something else than the part of the object that was asked for",
            remedy: "check PACKLINE_S3_ENDPOINT and any proxy before it: large objects are read in parts (Range)"
        )
    }
}
