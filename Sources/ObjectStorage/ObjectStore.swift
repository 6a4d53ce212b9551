/// Where published objects live: an S3 bucket or a local directory, with the same meaning of every call.
///
/// Keys are relative to the store's prefix and must satisfy ``ObjectKey/isValid(_:)``; every method but `list` and
/// `check` throws an ``ObjectStoreError`` with code `invalidKey` otherwise, and asks nothing of the store.
/// Implementations retry what may pass by itself; an error that is thrown is the last one seen. They set no limit to
/// the number of calls at once: that is for the caller.
///
/// Every method throws ``ObjectStoreError``, or `CancellationError` when its task was cancelled.
package protocol ObjectStore: Sendable {
    /// The store's place, for people and logs; it never holds a secret.
    var description: String { get }

    /// Writes one object; a reader sees the old bytes or the new ones, never a part.
    ///
    /// Repeating it is safe, and a conditional upload that took effect without the client's knowledge (its answer got
    /// lost) is recognised by its ETag and counts as done.
    ///
    /// - Throws: code `preconditionFailed` when the object does not satisfy `object.condition`; nothing was written.
    ///   A store that ignores conditions (some S3 servers do) overwrites instead.
    func put(_ object: ObjectUpload) async throws -> ObjectVersion

    /// Removes one object; one that does not exist counts as removed.
    func delete(_ key: String) async throws

    /// The version of an object, nil when there is none.
    func head(_ key: String) async throws -> ObjectVersion?

    /// The bytes of an object, nil when there is none.
    ///
    /// - Throws: code `tooLarge` when the object has more than `maxBytes` bytes.
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)?

    /// The objects whose key starts with `prefix` and comes after `key`, at most 1,000, ascending by the bytes of
    /// the key.
    ///
    /// The next page begins after the last key of this one. Keys are relative to the store's prefix; `prefix` is plain
    /// text and need not end at a slash.
    func list(after key: String?, prefix: String) async throws -> ObjectPage

    /// Finds out with one small question, and without writing, whether the store can be used.
    ///
    /// It cannot prove that every write will be allowed; its value is an early and clear error.
    func check() async throws
}

/// A page of a listing.
package struct ObjectPage: Equatable, Sendable {
    package var objects: [ListedObject]
    /// Whether objects come after the last of this page.
    package var isTruncated: Bool

    package init(objects: [ListedObject], isTruncated: Bool) {
        self.objects = objects
        self.isTruncated = isTruncated
    }
}

/// An object as a listing shows it.
package struct ListedObject: Equatable, Sendable {
    /// The key, relative to the store's prefix.
    package var key: String
    /// The ETag without quotes.
    package var etag: String
    /// The size in bytes.
    package var size: Int

    package init(key: String, etag: String, size: Int) {
        self.key = key
        self.etag = etag
        self.size = size
    }
}
