import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct PayloadPartTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func write(_ parts: [PayloadPart], _ store: Store) async throws -> ClaimedPackage {
        _ = try await store.makeDue(ids: nil)
        let claim = try #require(try await store.claim().first)
        let result = PackageResult(
            claim: claim,
            state: .active,
            payload: StoredPayload(parts),
            format: 1,
            isSettled: true,
            looks: 0,
            nextLook: .never
        )
        #expect(try await store.finish([result], run: 1).lost == 0)
        return claim
    }

    /// How many pointers each blob has, by its content.
    private func references(_ store: Store) async throws -> [String: Int] {
        try await store.engine.read { session in
            Dictionary(
                try session.rows("SELECT bytes, refs FROM blobs WHERE refs > 0").map { row -> (String, Int) in
                    (String(decoding: try row["bytes"] as [UInt8], as: UTF8.self), try row["refs"])
                },
                uniquingKeysWith: { $1 }
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a payload may have several parts, each with validators; blobs that no part names are let go`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a"])
            let main = PayloadPart(
                name: "main",
                bytes: self.bytes("m1"),
                validators: Validators(etag: "e1", lastModified: "yesterday")
            )
            let dev = PayloadPart(name: "dev", bytes: self.bytes("d1"))
            _ = try await self.write([main, dev], store)
            #expect(try await self.references(store) == ["m1": 1, "d1": 1])

            var newer = dev
            newer.bytes = self.bytes("d2")
            let known = try await self.write([main, newer], store)
            #expect(known.parts["main"]?.validators == main.validators)
            #expect(known.parts["dev"]?.validators == Validators())
            #expect(known.payloadHash == StoredPayload.hash(of: [main, dev]))
            #expect(try await self.references(store) == ["m1": 1, "d2": 1])
            // In the order of their names.
            _ = try await store.makeDue(ids: nil)
            let claim = try #require(try await store.claim().first)
            let stored = try #require(try await store.payloads(of: [claim])[claim.id])
            #expect(try stored.content() == [newer, main])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `one part without validators is the payload itself`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a"])
            let part = PayloadPart(name: PayloadPart.whole, bytes: self.bytes("one"))
            let parts = [part, PayloadPart(name: "other", bytes: self.bytes("two"))]
            for (payload, rows) in [([part], 0), (parts, 2), ([part], 0)] as [([PayloadPart], Int)] {
                _ = try await self.write(payload, store)
                let count: Int = try await store.engine.read { session in
                    try session.rows("SELECT count(*) AS n FROM payloads")[0]["n"]
                }
                #expect(count == rows)
                #expect(try await self.references(store) == (rows == 0 ? ["one": 1] : ["one": 1, "two": 1]))
            }
            #expect(StoredPayload.hash(of: [part]) == ContentHash(of: part.bytes))
        }
    }
}
