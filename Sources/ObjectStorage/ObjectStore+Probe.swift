import Foundation

/// Finds out by trying whether objects can be written, read and deleted.
extension ObjectStore {
    /// Writes one small object with a key of its own below `.packline/`, reads it and removes it.
    ///
    /// What a process leaves behind that is killed meanwhile, ``detectConditions()`` removes an hour later.
    ///
    /// - Throws: ``ObjectStoreError``, whose operation says what can't be done.
    package func probe() async throws {
        // As the other probe's, so that both are tidied up alike.
        let number = String(UInt64.random(in: 0 ... .max), radix: 36)
        let key = "\(ProbeKey.prefix)\(Int(Date().timeIntervalSince1970))-\(number)"
        let bytes = Array("a probe of packline doctor; it can be deleted\n".utf8)
        let result: Result<Void, any Error>
        do { result = .success(try await self.keeps(bytes, key)) } catch { result = .failure(error) }
        if case .failure(let error as ObjectStoreError) = result, error.operation == .put { throw error }
        // In a task of its own, so that a cancelled probe removes its object too.
        try await Task {
            try await self.delete(key)
            if try await self.head(key) != nil { throw self.wrong(.delete, key, "the object is still there") }
        }.value
        try result.get()
    }

    private func keeps(_ bytes: [UInt8], _ key: String) async throws {
        _ = try await self.put(ObjectUpload(key: key, bytes: bytes, contentType: "text/plain"))
        guard let found = try await self.get(key, maxBytes: 1_024) else {
            throw self.wrong(.get, key, "the object that was just written is not there")
        }
        if found.bytes != bytes { throw self.wrong(.get, key, "other bytes come back than were written") }
    }

    private func wrong(_ operation: ObjectStoreError.Operation, _ key: String, _ message: String) -> ObjectStoreError {
        ObjectStoreError(
            code: .unexpectedAnswer,
            operation: operation,
            key: key,
            store: self.description,
            message: message,
            remedy: "check what is between here and the bucket: a cache or a proxy must not answer for it"
        )
    }
}

/// What keys of probes begin with; the time follows, in seconds since 1970, and a dash.
enum ProbeKey {
    static let prefix = ".packline/condition-probe-"
}
