import Composer
import Testing

@testable import Store

/// Bytes of documents that are kept in memory.
@Suite struct KnownBlobTests {
    private func blob(_ number: Int, bytes: Int) -> Blob {
        let hash = ContentHash(of: Array("\(number)".utf8))
        return Blob(hash: hash, encoding: .identity, size: bytes, bytes: Array(repeating: 0, count: bytes))
    }

    private func name(_ blob: Blob, _ version: String = "1") -> PostgresDocumentReader.Body {
        PostgresDocumentReader.Body(hash: blob.hash, version: version, length: blob.bytes.count)
    }

    @Test func `no more is kept than fits, and what is kept is found`() {
        let most = 100_000
        var known = KnownBlobs<PostgresDocumentReader.Body>(mostBytes: most)
        for number in 0..<2_000 {
            let blob = self.blob(number, bytes: number % 5_000)
            known.keep(blob, as: self.name(blob))
            #expect(known.bytes <= most)
            #expect(known[self.name(blob)] == blob)
        }
        let found = (0..<2_000).filter { number in
            let blob = self.blob(number, bytes: number % 5_000)
            let found = known[self.name(blob)]
            #expect(found == nil || found == blob)
            return found != nil
        }
        #expect(found.count > 20)
    }

    @Test func `bytes that were written anew are others, and large ones are not kept`() {
        var known = KnownBlobs<PostgresDocumentReader.Body>(mostBytes: 16_000)
        let (small, large) = (self.blob(1, bytes: 1_000), self.blob(2, bytes: 1_001))
        known.keep(small, as: self.name(small))
        known.keep(large, as: self.name(large))
        #expect(known[self.name(small)] == small)
        #expect(known[self.name(small, "2")] == nil)
        #expect(known[self.name(large)] == nil)
    }
}
