import TestSupport
import Testing

@testable import Archives

/// P17, P22: whatever comes, it is taken or refused, and stops nobody.
@Suite struct SpoiltArchiveTests {
    static let pieces = [
        "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "PK\u{6}\u{7}", "ustar\u{0}00", "../",
    ]

    static let archives: [[UInt8]] = {
        var zip = TestZip(
            .init("a/", "", method: 0),
            .init("a/b", String(repeating: "hello ", count: 100)),
            .init("c", method: 0),
            .init("d", "a/b", mode: 0o120777)
        )
        zip.comment = Array("comment".utf8)
        zip.usesZip64End = true
        let notes = TarCheckTests.entry("p", "12 path=b/c\n", type: "x")
        let tar = notes + TarCheckTests.entry("a", "hello") + TarCheckTests.entry("d/e", "hi") + TarCheckTests.end
        return [zip.bytes, tar, TestZip.gzipped(tar)]
    }()

    @Test func `no damage stops the process, and what is taken has the bytes that it says`() throws {
        var random = SplitMix(seed: 14)
        var taken = 0
        for round in 0..<20_000 {
            let archive = Self.archives[round % Self.archives.count]
            let bytes = archive.spoilt(with: Self.pieces, &random)
            guard let checked = try? ArchiveCheck.check(bytes) else { continue }
            taken += 1
            #expect(checked.digests == ArchiveDigests(of: bytes))
        }
        #expect(taken < 5_000, "most damages are seen")
    }

    @Test func `every single bit of a zip's data, sizes and sums counts`() {
        let zip = TestZip(.init("a", "hello hello hello"), .init("b", "world", method: 0)).bytes
        // Not known: versions, times, bits about how deflate was done, attributes, and what kind of text there is.
        var unknown = 0
        for place in zip.indices {
            for bit in 0..<8 {
                var bytes = zip
                bytes[place] ^= 1 << bit
                if ZipCheckTests.refusal(bytes) == nil { unknown += 1 }
            }
        }
        let headers = 2 * 8 * (2 + 2 + 4) + 2 * 8 * (2 + 2 + 2 + 4 + 2 + 4)
        #expect(unknown <= headers, "\(unknown)")
    }

    @Test func `P22: a field of any size is no reason to take memory for it`() {
        var random = SplitMix(seed: 15)
        for archive in Self.archives {
            for place in archive.indices.dropLast(8) {
                var bytes = archive
                let value: [UInt8] =
                    [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80]].randomElement(
                        using: &random
                    ) ?? []
                bytes.replaceSubrange(place..<(place + 4), with: value)
                _ = try? ArchiveCheck.check(bytes)
                bytes.replaceSubrange((place + 4)..<(place + 8), with: value)
                _ = try? ArchiveCheck.check(bytes)
            }
        }
    }
}
