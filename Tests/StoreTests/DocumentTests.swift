import Composer
import Store
import TestSupport
import Testing

@Suite struct DocumentTests {
    /// One package with one document, not yet uploaded.
    private func withDocument(_ database: TestDatabase, _ body: (Store) async throws -> Void) async throws {
        try await database.with { stores in
            try await stores[0].discover(["akismet"])
            try await stores[0].publish(try #require(try await stores[0].claim().first), "first")
            try await body(stores[0])
        }
    }

    /// The package says something else now.
    private func change(_ store: Store, _ text: String?, revision: Int64) async throws {
        try await store.discover(["akismet"], revision: revision)
        try await store.publish(try #require(try await store.claim().first), text)
    }

    @Test(arguments: TestDatabase.allCases)
    func `P2: content that changes between read and stamp stays dirty`(_ database: TestDatabase) async throws {
        try await self.withDocument(database) { store in
            let old = try #require(try await store.claimDocuments().first)
            try await self.change(store, "second", revision: 2)
            #expect(try await store.stampDeployed([old.stamp], run: 1) == 0)
            let new = try #require(try await store.claimDocuments().first)
            #expect(new.content == ContentHash(of: Array("second".utf8)))
            _ = try await store.stampDeployed([new.stamp], run: 1)
            #expect(try await store.claimDocuments().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `content that goes back while an upload is under way is uploaded again`(_ database: TestDatabase) async throws
    {
        try await self.withDocument(database) { store in
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            try await self.change(store, "second", revision: 2)
            // This worker uploads "second" and dies before its stamp.
            #expect(try await store.claimDocuments(leaseMilliseconds: -1).count == 1)
            try await self.change(store, "first", revision: 3)
            let again = try await store.claimDocuments()
            #expect(again.first?.content == ContentHash(of: Array("first".utf8)))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stamp that comes too late marks the document for upload again`(_ database: TestDatabase) async throws {
        try await self.withDocument(database) { store in
            let zombie = try #require(try await store.claimDocuments(leaseMilliseconds: -1).first)
            let worker = try #require(try await store.claimDocuments().first)
            _ = try await store.stampDeployed([worker.stamp], run: 1)
            #expect(try await store.claimDocuments().isEmpty)
            #expect(try await store.stampDeployed([zombie.stamp], run: 2) == 1)
            #expect(try await store.claimDocuments().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an upload that fails too late may have taken effect, and is done again`(
        _ database: TestDatabase
    ) async throws {
        try await self.withDocument(database) { store in
            let zombie = try #require(try await store.claimDocuments(leaseMilliseconds: -1).first)
            let worker = try #require(try await store.claimDocuments().first)
            _ = try await store.stampDeployed([worker.stamp], run: 1)
            try await store.failUploads([(zombie, "timeout", 60_000)], run: 1)
            #expect(try await store.claimDocuments().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a withdrawn document is dirty until its deletion is stamped`(_ database: TestDatabase) async throws {
        try await self.withDocument(database) { store in
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            try await self.change(store, nil, revision: 2)
            let deletion = try #require(try await store.claimDocuments().first)
            #expect(deletion.content == nil)
            try await store.failUploads([(deletion, "status 500", -1)], run: 1)
            let again = try #require(try await store.claimDocuments().first)
            #expect(again.attempts == 1)
            _ = try await store.stampDeployed([again.stamp], run: 1)
            #expect(try await store.claimDocuments().isEmpty)
        }
    }

    @Test func `bytes come back from a blob as they went in`() throws {
        for size in [0, 1, Blob.smallestCompressed - 1, Blob.smallestCompressed, 10_000] {
            for content in [[UInt8](repeating: 97, count: size), (0..<size).map { _ in UInt8.random(in: 0...255) }] {
                let blob = Blob(of: content)
                #expect(try blob.content() == content)
                #expect(blob.size == size)
            }
        }
        let blob = Blob(of: [UInt8](repeating: 97, count: 10_000))
        #expect(blob.encoding == .gzip)
        #expect(blob.bytes.count < 200)
    }
}
