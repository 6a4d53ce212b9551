package import NIOCore

/// Where published objects live: an S3 bucket or a local directory, with the same meaning of every call.
///
/// Keys are relative to the store's prefix and must satisfy ``ObjectKey/isValid(_:)``; a method that takes one key
/// throws an ``ObjectStoreError`` with code `invalidKey` otherwise, and asks nothing of the store. Implementations retry
/// what may pass by itself; an error that is thrown is the last one seen. The number of calls at once is for the caller
/// to limit; a store that asks for fewer requests is sent fewer.
///
/// Every method throws ``ObjectStoreError``, or `CancellationError` when its task was cancelled.
package protocol ObjectStore: Sendable {
    /// The store's place, for people and logs; it never holds a secret.
    var description: String { get }

    /// Whether the store dates objects by a clock of its own, in whole seconds: a key that is written twice within one
    /// keeps its date.
    var datesObjects: Bool { get }

    /// Writes one object; a reader sees the old bytes or the new ones, never a part.
    ///
    /// Repeating it is safe, and a conditional upload that took effect without the client's knowledge (its answer got
    /// lost) is recognised by its ETag and counts as done.
    ///
    /// - Throws: code `preconditionFailed` when the object does not satisfy `object.condition`; nothing was written.
    ///   A store that ignores conditions (some S3 servers do) overwrites instead: ``detectConditions()`` tells.
    func put(_ object: ObjectUpload) async throws -> ObjectVersion

    /// Removes one object; one that does not exist counts as removed.
    func delete(_ key: String) async throws

    /// Removes many objects with few requests; those that do not exist count as removed.
    ///
    /// - Returns: What could not be removed, and why: also keys that are not valid, and those of a request that failed
    ///   as a whole. Two keys that differ only in how Unicode spells them share an entry.
    /// - Throws: `CancellationError` only; some objects may have been removed by then.
    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError]

    /// The version of an object, nil when there is none.
    func head(_ key: String) async throws -> ObjectVersion?

    /// The bytes of an object, nil when there is none.
    ///
    /// - Throws: code `tooLarge` when the object has more than `maxBytes` bytes.
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)?

    /// Hands the bytes of an object to `piece`, in order and in pieces, none before the one before was taken; in memory there
    /// are never more than a few.
    ///
    /// What fails before the first piece is repeated as usual; what fails later is not.
    ///
    /// - Parameter range: Of its bytes, within its size; nil is all of them.
    /// - Returns: Whether there is such an object.
    /// - Throws: What `piece` throws, beside the usual.
    @concurrent
    func read(
        _ key: String,
        range: Range<Int64>?,
        _ piece: @concurrent (ByteBuffer) async throws -> Void
    ) async throws -> Bool

    /// Where the file is that an object is; nil where objects are no files here.
    func localPath(of key: String) -> String?

    /// A part of an object: at most `count` bytes from `offset` on, fewer at its end; nil when there is none.
    ///
    /// - Throws: code `unsupported` when the store can't read a part.
    func piece(of key: String, from offset: Int, count: Int) async throws -> ObjectPiece?

    /// One page of the objects whose key starts with `prefix`, at most 1,000.
    ///
    /// A walk through all pages has each key once, in no particular order: some servers sort by folder. What is written
    /// or deleted during the walk may be in it or not. ``walk(prefix:_:)`` is the walk, with guards.
    ///
    /// - Parameters:
    ///   - prefix: Relative to the store's prefix; plain text that need not end at a slash.
    ///   - token: ``ObjectPage/next`` of the page before, nil for the first page.
    func list(prefix: String, continuing token: String?) async throws -> ObjectPage

    /// Finds out with one small question whether the store can be used, and leaves nothing behind.
    ///
    /// It cannot prove that every write will be allowed; its value is an early and clear error.
    func check() async throws

    /// Finds out with two small questions whether who reads an object that is not there is told so, as Composer reads:
    /// without credentials, where ``present`` can be read so, else with those of this store.
    ///
    /// S3 answers 403 in place of 404 to who may not list the bucket.
    ///
    /// - Parameters:
    ///   - absent: A key that nobody writes.
    ///   - present: One that is there.
    func tellsAbsence(of absent: String, beside present: String) async throws -> Bool

    /// Finds out by trying whether the store keeps the conditions of ``ObjectUpload/Condition``.
    ///
    /// Writes one small object with a key of its own below `.packline/` and removes it. True only when both conditions
    /// were refused where they do not hold, left the object alone, and were accepted where they hold.
    func detectConditions() async throws -> Bool
}

extension ObjectStore {
    package var datesObjects: Bool { true }
    package func tellsAbsence(of absent: String, beside present: String) async throws -> Bool { true }
    package func localPath(of key: String) -> String? { nil }

    /// For stores that hold little.
    @concurrent
    package func read(
        _ key: String,
        range: Range<Int64>?,
        _ piece: @concurrent (ByteBuffer) async throws -> Void
    ) async throws -> Bool {
        guard let (bytes, _) = try await self.get(key, maxBytes: .max) else { return false }
        let wanted = range ?? 0..<Int64(bytes.count)
        let part = bytes[min(bytes.count, Int(wanted.lowerBound))..<min(bytes.count, Int(wanted.upperBound))]
        try await piece(ByteBuffer(bytes: part))
        return true
    }
}

/// A page of a listing.
package struct ObjectPage: Equatable, Sendable {
    /// May be empty although a page follows.
    package var objects: [ListedObject]
    /// What to ask for the next page with, opaque; nil when this is the last one.
    package var next: String?

    package init(objects: [ListedObject], next: String?) {
        self.objects = objects
        self.next = next
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
