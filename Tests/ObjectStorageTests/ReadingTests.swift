import Foundation
import NIOCore
import ObjectStorage
import Synchronization
import Testing

/// Objects that are read piece by piece, on every store.
@Suite struct ReadingTests {
    private static let key = "dist/aa/bb/c.zip"

    private func read(_ store: any ObjectStore, _ range: Range<Int64>?) async throws -> (bytes: [UInt8], largest: Int)?
    {
        let taken = Mutex<(bytes: [UInt8], largest: Int)>(([], 0))
        let isThere = try await store.read(Self.key, range: range) { piece in
            taken.withLock { $0 = ($0.bytes + piece.readableBytesView, max($0.largest, piece.readableBytes)) }
        }
        return isThere ? taken.withLock { $0 } : nil
    }

    @Test(arguments: TestStore.all)
    func `an object is read whole or in part, in pieces`(_ place: TestStore) async throws {
        try await place.with { store in
            #expect(try await self.read(store, nil) == nil)
            #expect(try await self.read(store, 0..<5) == nil)
            let bytes = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            _ = try await store.put(ObjectUpload(key: Self.key, bytes: bytes))
            let whole = try #require(try await self.read(store, nil))
            #expect(whole.bytes == bytes)
            #expect(whole.largest < bytes.count)
            for range in [0..<1, 5..<6, 1_000_000..<1_500_000, 1_499_999..<1_500_000] as [Range<Int64>] {
                let part = try #require(try await self.read(store, range))
                #expect(part.bytes == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]), "\(range)")
            }
        }
    }

    @Test(arguments: TestStore.all)
    func `who takes no more ends it, and says why`(_ place: TestStore) async throws {
        struct Enough: Error {}
        try await place.with { store in
            _ = try await store.put(ObjectUpload(key: Self.key, bytes: [UInt8](repeating: 7, count: 1_000_000)))
            await #expect(throws: Enough.self) { try await store.read(Self.key, range: nil) { _ in throw Enough() } }
            await #expect(throws: ObjectStoreError.self) { try await store.read("../x", range: nil) { _ in } }
        }
    }

    @Test func `a directory says where its files are`() {
        let store = DirectoryObjectStore(path: "/srv/public")
        #expect(store.localPath(of: Self.key) == "/srv/public/dist/aa/bb/c.zip")
        #expect(store.localPath(of: "../etc/passwd") == nil)
    }
}
