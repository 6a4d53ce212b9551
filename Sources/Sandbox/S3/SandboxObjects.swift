import NIOCore
import Synchronization

/// The buckets of the test store, in memory.
///
/// Buckets exist by being written to.
package final class SandboxObjects: Sendable {
    /// A condition on what the key holds before a write.
    package enum Condition: Equatable, Sendable {
        case none
        /// `If-None-Match: *`.
        case absent
        /// `If-Match`, with quotes.
        case eTag(String)
    }

    package enum PutOutcome: Equatable, Sendable {
        case stored
        /// 412.
        case conditionFailed
        /// 404: `If-Match` on a key that holds nothing.
        case noSuchKey
    }

    private struct State: Sendable {
        var buckets: [String: Bucket] = [:]
        var log: [WriteRecord] = []
    }

    private struct Bucket: Sendable {
        private(set) var objects: [String: StoredObject] = [:]
        private var sorted: [String] = []
        /// Keys that came since; without a sort of all, a few of them would cost as much as many.
        private var added: [String] = []
        private var hasRemoved = false

        mutating func put(_ key: String, _ object: StoredObject) {
            if self.objects.updateValue(object, forKey: key) == nil { self.added.append(key) }
        }

        mutating func remove(_ key: String) {
            if self.objects.removeValue(forKey: key) != nil { self.hasRemoved = true }
        }

        /// In byte order.
        mutating func keys() -> [String] {
            if self.hasRemoved {
                // A key that was removed and came again is among those that were added.
                self.added = Array(Set(self.added)).filter { self.objects[$0] != nil }
                let again = Set(self.added)
                self.sorted.removeAll { self.objects[$0] == nil || again.contains($0) }
                self.hasRemoved = false
            }
            if self.added.count > 100 {
                self.sorted += self.added
                self.sorted.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            } else {
                for key in self.added { self.sorted.insert(key, at: self.sorted.firstPosition(notBefore: key)) }
            }
            self.added = []
            return self.sorted
        }
    }

    private let state = Mutex(State())
    private let records: Bool

    /// - Parameter records: Whether writes are kept for ``writes``; a benchmark may do without.
    package init(records: Bool = true) { self.records = records }

    package func object(bucket: String, key: String) -> StoredObject? {
        self.state.withLock { $0.buckets[bucket]?.objects[key] }
    }

    /// Stores an object if the condition holds.
    @discardableResult
    package func put(
        bucket: String,
        key: String,
        _ object: StoredObject,
        condition: Condition = .none
    ) -> PutOutcome {
        self.state.withLock { state in
            switch condition {
            case .none:
                break
            case .absent:
                if state.buckets[bucket]?.objects[key] != nil { return .conditionFailed }
            case .eTag(let eTag):
                guard let current = state.buckets[bucket]?.objects[key] else { return .noSuchKey }
                if current.eTag != eTag { return .conditionFailed }
            }
            state.buckets[bucket, default: Bucket()].put(key, object)
            self.record("PUT", bucket, key, object.sha256, object.size, in: &state)
            return .stored
        }
    }

    /// Puts bytes into a bucket past every protocol, as somebody else with access to it would; no write is recorded.
    package func plant(bucket: String, key: String, _ bytes: [UInt8], lastModifiedSeconds: Int64 = 0) {
        let object = StoredObject(ByteBuffer(bytes: bytes), lastModifiedSeconds: lastModifiedSeconds)
        self.state.withLock { $0.buckets[bucket, default: Bucket()].put(key, object) }
    }

    /// Takes an object away past every protocol; no write is recorded.
    package func lose(bucket: String, key: String) {
        self.state.withLock { $0.buckets[bucket]?.remove(key) }
    }

    /// Deletes a key; a key that holds nothing is deleted as well, as S3 has it.
    package func delete(bucket: String, key: String) {
        self.state.withLock { state in
            state.buckets[bucket]?.remove(key)
            self.record("DELETE", bucket, key, nil, 0, in: &state)
        }
    }

    /// Keys of a bucket in byte order.
    package func keys(bucket: String) -> [String] {
        self.state.withLock { $0.buckets[bucket]?.keys() ?? [] }
    }

    /// Up to `limit` keys after `after` that begin with `prefix`, with their objects.
    func list(bucket: String, prefix: String, after: String, limit: Int) -> [(key: String, object: StoredObject)] {
        self.state.withLock { state in
            guard let keys = state.buckets[bucket]?.keys() else { return [] }
            let from = after.utf8.lexicographicallyPrecedes(prefix.utf8) ? prefix : after
            var found: [(key: String, object: StoredObject)] = []
            for key in keys[keys.firstPosition(notBefore: from)...] where found.count < limit {
                guard key.utf8.starts(with: prefix.utf8) else { break }
                if key == after && !after.isEmpty { continue }
                if let object = state.buckets[bucket]?.objects[key] { found.append((key, object)) }
            }
            return found
        }
    }

    /// Every write that took effect since the start or since ``forgetWrites()``, in order.
    package var writes: [WriteRecord] { self.state.withLock { $0.log } }

    package func forgetWrites() { self.state.withLock { $0.log = [] } }

    /// Empties all buckets, and forgets the writes.
    package func removeAll() { self.state.withLock { $0 = State() } }

    private func record(
        _ method: String,
        _ bucket: String,
        _ key: String,
        _ sha256: String?,
        _ size: Int,
        in state: inout State
    ) {
        guard self.records else { return }
        let sequence = (state.log.last?.sequence ?? 0) + 1
        state.log.append(
            WriteRecord(sequence: sequence, method: method, bucket: bucket, key: key, sha256: sha256, size: size)
        )
    }
}

extension [String] {
    /// Of strings in byte order, where the first stands that does not come before `key`.
    fileprivate func firstPosition(notBefore key: String) -> Int {
        var low = 0
        var high = self.count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].utf8.lexicographicallyPrecedes(key.utf8) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
