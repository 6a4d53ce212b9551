import Crypto
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Resilience
import Synchronization
import Wire

extension S3ObjectStore {
    /// The most keys in one request, S3's limit.
    private static let deleteLimit = 1_000
    /// Single requests at once, where the server cannot take many keys in one.
    private static let singleDeletes = 16

    package func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        var failures: [String: ObjectStoreError] = [:]
        var batch: [String] = []
        var singles: [String] = []
        for key in keys {
            // XML has no way to write the two characters that Unicode calls no characters.
            if self.isValidKey(key), !key.unicodeScalars.contains(where: { $0 == "\u{FFFE}" || $0 == "\u{FFFF}" }) {
                batch.append(key)
            } else {
                singles.append(key)
            }
        }
        for start in stride(from: 0, to: batch.count, by: Self.deleteLimit) {
            let part = Array(batch[start..<min(start + Self.deleteLimit, batch.count)])
            if self.lacksMultiDelete.load(ordering: .relaxed) {
                singles += part
                continue
            }
            do {
                failures.merge(try await self.deleteTogether(part)) { $1 }
            } catch let error as ObjectStoreError where error.code == .unsupported {
                self.lacksMultiDelete.store(true, ordering: .relaxed)
                singles += part
            } catch let error as ObjectStoreError {
                for key in part { failures[key] = error.about(key) }
            }
        }
        failures.merge(try await self.deleteOneByOne(singles)) { $1 }
        return failures
    }

    private func deleteOneByOne(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        let failures = Mutex<[String: ObjectStoreError]>([:])
        try await forEachConcurrently(keys, limit: Self.singleDeletes) { key in
            do {
                try await self.delete(key)
            } catch let error as ObjectStoreError {
                failures.withLock { $0[key] = error }
            }
        }
        return failures.withLock { $0 }
    }

    /// Keys whose error may pass are tried again, the others are not.
    ///
    /// - Throws: What the request failed with as a whole, and then it names no key; `CancellationError`.
    private func deleteTogether(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        var remaining = keys
        var failures: [String: ObjectStoreError] = [:]
        do {
            try await self.withRetries { _ in
                let request = self.deleteRequest(remaining)
                let answer = try await self.exchange(request)
                guard (200..<300).contains(answer.status) else { throw self.failure(of: request, answer) }
                let result: S3DeleteResult
                do { result = try S3DeleteResult(answer.bodyBytes) } catch let error as S3DeleteResult.Invalid {
                    throw self.unexpectedAnswer(to: request, answer, error.problem)
                }
                let start = self.address.keyStart.utf8.count
                let refused = result.errors.filter { $0.error.code != "NoSuchKey" }
                    .map { (key: String(decoding: $0.key.utf8.dropFirst(start), as: UTF8.self), body: $0.error) }
                let asked = Set(remaining)
                guard refused.allSatisfy({ asked.contains($0.key) }) else {
                    throw self.unexpectedAnswer(to: request, answer, "it names a key that it was not asked for")
                }
                failures = failures.filter { !$0.value.isRetryable }
                remaining = []
                for (key, body) in refused {
                    let error = self.failure(of: request, answer, key: key, body: body)
                    failures[key] = error
                    if error.isRetryable { remaining.append(key) }
                }
                if let first = remaining.first.flatMap({ failures[$0] }) { throw SomeKeysLeft(error: first) }
            }
        } catch is SomeKeysLeft {
            // The last try is over; what is left has failed.
        } catch let error as ObjectStoreError where remaining.count < keys.count {
            for key in remaining { failures[key] = error.about(key) }
        }
        return failures
    }

    func deleteRequest(_ keys: [String]) -> S3Request {
        var body: [UInt8] = []
        body.reserveCapacity(200 + keys.count * 96)
        body += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8
        body += "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>".utf8
        for key in keys {
            body += "<Object><Key>".utf8
            Self.appendEscaped(self.address.keyStart, to: &body)
            Self.appendEscaped(key, to: &body)
            body += "</Key></Object>".utf8
        }
        body += "</Delete>".utf8
        return S3Request(
            operation: .delete,
            method: .POST,
            path: self.address.bucketPath,
            query: "delete=",
            headers: [
                ("content-md5", Data(Insecure.MD5.hash(data: body)).base64EncodedString()),
                ("content-type", "application/xml"), ("host", self.address.host),
            ],
            body: .buffer(ByteBuffer(bytes: body)),
            payloadHash: Hexadecimal.text(Array(SHA256.hash(data: body))),
            // An error document for each of a thousand keys of a thousand bytes.
            maxAnswerBytes: 16 * 1_024 * 1_024
        )
    }

    private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            default: bytes.append(byte)
            }
        }
    }
}

/// Some keys of a request are left that may be deleted at the next try.
struct SomeKeysLeft: Error {
    var error: ObjectStoreError
}

extension ObjectStoreError {
    /// The same failure, told of one of the keys that it concerns.
    fileprivate func about(_ key: String) -> Self {
        var error = self
        error.key = key
        return error
    }
}
