import Logging

extension S3ObjectStore {
    package func detectConditions() async throws -> Bool {
        let now = Int(SigningClock.machineTime())
        await self.removeProbes(before: now - Self.longestProbeSeconds)
        let key = "\(ProbeKey.prefix)\(now)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let result: Result<Bool, any Error>
        do { result = .success(try await self.keepsConditions(key)) } catch { result = .failure(error) }
        // In a task of its own, so that a cancelled probe removes its object too.
        await Task { [self] in
            do { try await self.delete(key) } catch {
                self.logger.warning(
                    "the probe for conditional writes could not be removed; delete it by hand",
                    metadata: ["key": "\(key)", "error": "\(error)"]
                )
            }
        }.value
        return try result.get()
    }

    private static let longestProbeSeconds = 3_600

    /// A process that was killed while it tried left its object behind.
    private func removeProbes(before time: Int) async {
        do {
            let found = try await self.list(prefix: ProbeKey.prefix, continuing: nil).objects.map(\.key)
            let old = found.filter { key in
                let begun = key.dropFirst(ProbeKey.prefix.count).prefix { $0 != "-" }
                return Int(begun).map { $0 < time } ?? true
            }
            if !old.isEmpty { _ = try await self.deleteMany(old) }
        } catch {
            self.logger.debug("no look for old probes of conditional writes", metadata: ["error": "\(error)"])
        }
    }

    private func keepsConditions(_ key: String) async throws -> Bool {
        func upload(_ text: String, _ condition: ObjectUpload.Condition) -> ObjectUpload {
            ObjectUpload(key: key, bytes: Array(text.utf8), contentType: "text/plain", condition: condition)
        }
        guard let first = try await self.accepted(upload("first", .ifNoneMatch)),
            try await self.accepted(upload("second", .ifNoneMatch)) == nil,
            // The MD5 of nothing.
            try await self.accepted(upload("third", .ifMatch("d41d8cd98f00b204e9800998ecf8427e"))) == nil,
            try await self.get(key, maxBytes: 100)?.bytes == Array("first".utf8)
        else { return false }
        return try await self.accepted(upload("fourth", .ifMatch(first.etag))) != nil
    }

    /// The version that was written; nil when the store refused to write, because of the condition or for not knowing
    /// conditions at all.
    private func accepted(_ object: ObjectUpload) async throws -> ObjectVersion? {
        do {
            return try await self.put(object)
        } catch let error as ObjectStoreError
            where [.preconditionFailed, .unsupported, .badRequest].contains(error.code) && !error.isRetryable
        {
            return nil
        }
    }
}
