import NIOPosix
import Resilience
import Synchronization

/// A local directory as an object store: each object is a file at its key's path.
///
/// The same meaning of every call as with S3, conditions included, between any number of processes on one machine.
/// ETags are MD5 sums, computed from the file whenever they are asked for, so that a damaged or edited file shows.
/// Headers are not kept: a web server before the directory sets its own, `Last-Modified` from the file's time, which rises
/// with each replacement by at least a second. A symbolic link within the root is followed. Folders go with their last
/// file.
///
/// Files are written to a folder `.packline-tmp` in the root first; what a killed process left there is removed an hour
/// later by the next one that writes.
package final class DirectoryObjectStore: ObjectStore {
    private static let pageSize = 1_000

    package let description: String
    /// Files get the dates that uploads carry.
    package var datesObjects: Bool { false }
    let files: DirectoryFiles

    /// - Parameter path: Made at the first upload when it does not exist.
    package init(path: String) {
        // By its whole path: the same words lead elsewhere from another working directory.
        self.description = "file:\(FileCalls.absolute(path))"
        self.files = DirectoryFiles(root: path)
    }

    package func put(_ object: ObjectUpload) async throws -> ObjectVersion {
        try await self.run(.put, key: object.key) { files in
            let etag = try files.put(object)
            return ObjectVersion(etag: etag, size: object.body.count)
        } or: { [description] error in
            guard error is DirectoryFiles.ConditionNotMet else { return nil }
            return .preconditionFailed(object.key, object.condition, store: description)
        }
    }

    package func delete(_ key: String) async throws {
        try await self.run(.delete, key: key) { try $0.delete(key) }
    }

    package func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        let failures = Mutex<[String: ObjectStoreError]>([:])
        try await forEachConcurrently(keys, limit: 16) { key in
            do {
                try await self.delete(key)
            } catch let error as ObjectStoreError {
                failures.withLock { $0[key] = error }
            }
        }
        return failures.withLock { $0 }
    }

    package func head(_ key: String) async throws -> ObjectVersion? {
        try await self.run(.head, key: key) { try $0.version(of: key) }
    }

    package func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try await self.run(.get, key: key) { files in
            guard let bytes = try files.bytes(of: key, maxBytes: maxBytes) else { return nil }
            return (bytes, ObjectVersion(etag: DirectoryFiles.etag(of: bytes), size: bytes.count))
        } or: { [description] error in
            error is DirectoryFiles.FileTooLarge ? .tooLarge(key, maxBytes: maxBytes, store: description) : nil
        }
    }

    /// Ascends by the bytes of the keys; a token is the last key of its page.
    package func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        try await self.run(.list, key: nil) { try $0.list(after: token, prefix: prefix, limit: Self.pageSize) }
    }

    package func check() async throws {
        try await self.run(.check, key: nil) { try $0.check() }
    }

    /// True without trying: conditions are checked under a lock that every process takes.
    package func detectConditions() async throws -> Bool { true }

    /// Runs blocking work on the process's pool of threads for that, and explains its failures.
    func run<Value: Sendable>(
        _ operation: ObjectStoreError.Operation,
        key: String?,
        _ work: @escaping @Sendable (DirectoryFiles) throws -> Value,
        or explain: (any Error) -> ObjectStoreError? = { _ in nil }
    ) async throws -> Value {
        if let key, !ObjectKey.isValid(key) {
            throw ObjectStoreError.invalidKey(key, operation: operation, store: self.description)
        }
        do {
            return try await NIOThreadPool.singleton.runIfActive { [files] in try work(files) }
        } catch let error as FileCallError {
            throw ObjectStoreError(error, operation: operation, key: key, store: self.description)
        } catch let error as FileBody.NotAsSaid {
            throw ObjectStoreError(error, key: key, store: self.description)
        } catch {
            throw explain(error) ?? error
        }
    }
}
