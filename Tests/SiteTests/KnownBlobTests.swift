import Composer
import Store
import Testing

@testable import Site

/// Bytes of documents that are kept in memory.
@Suite struct KnownBlobTests {
    private func blob(_ number: Int, bytes: Int) -> Blob {
        let hash = ContentHash(of: Array("\(number)".utf8))
        return Blob(hash: hash, encoding: .identity, size: bytes, bytes: Array(repeating: 0, count: bytes))
    }

    @Test func `no more is kept than fits, and what is kept is found`() {
        let most = 100_000
        var known = KnownBlobs(mostBytes: most)
        for number in 0..<2_000 {
            let blob = self.blob(number, bytes: number % 5_000)
            known.keep(blob)
            #expect(known.bytes <= most)
            #expect(known[blob.hash] == blob)
        }
        let found = (0..<2_000).filter { number in
            let blob = self.blob(number, bytes: number % 5_000)
            let found = known[blob.hash]
            #expect(found == nil || found == blob)
            return found != nil
        }
        #expect(found.count > 20)
    }

    @Test func `large ones are not kept`() {
        var known = KnownBlobs(mostBytes: 16_000)
        let (small, large) = (self.blob(1, bytes: 1_000), self.blob(2, bytes: 1_001))
        known.keep(small)
        known.keep(large)
        #expect(known[small.hash] == small)
        #expect(known[large.hash] == nil)
    }
}
