import Testing

@testable import Archives

@Suite struct ArchiveExcerptsTests {
    static let archives: [[UInt8]] = {
        let long = String(repeating: "0123456789", count: 2_000)
        let zip = TestZip(
            .init("a/", "", method: 0),
            .init("a/a.php", "<?php hello"),
            .init("a/l.php", "a.php", mode: 0o120777),
            .init("a/b/c.php", "other"),
            .init("a/long.php", long),
            .init("a/z.php", "")
        )
        let tar = [
            TarCheckTests.entry("a/", type: "5"), TarCheckTests.entry("a/a.php", "<?php hello"),
            TarCheckTests.entry("a/l.php", type: "2", target: "a.php"), TarCheckTests.entry("a/b/c.php", "other"),
            TarCheckTests.entry("a/long.php", long), TarCheckTests.entry("a/z.php"), TarCheckTests.end,
        ].flatMap { $0 }
        return [zip.bytes, tar, TestZip.gzipped(tar)]
    }()

    func found(_ bytes: [UInt8], maxBytes: Int = 8_192, maxFiles: Int = 32) throws -> [ArchiveExcerpt] {
        let wish = ExcerptWish(maxBytes: maxBytes, maxFiles: maxFiles) { $0.split(separator: "/").count == 2 }
        let excerpts = ArchiveExcerpts(wish)
        _ = try ArchiveCheck.check(bytes, ArchiveDigests(of: bytes), ArchiveLimits(), excerpts)
        return excerpts.found
    }

    @Test func `the beginnings of files that are wanted are there, and of no folder or link`() throws {
        for archive in Self.archives {
            let found = try self.found(archive)
            #expect(found.map(\.name) == ["a/a.php", "a/long.php", "a/z.php"])
            #expect(found[0].bytes == Array("<?php hello".utf8))
            #expect(found[1].bytes.count == 8_192)
            #expect(found[1].bytes.starts(with: "0123456789".utf8))
            #expect(found[2].bytes.isEmpty)
        }
    }

    @Test func `P22: no more of them is kept than is wanted`() throws {
        for archive in Self.archives {
            #expect(try self.found(archive, maxBytes: 3).map(\.bytes.count) == [3, 3, 0])
            #expect(try self.found(archive, maxFiles: 1).map(\.name) == ["a/a.php"])
            #expect(try self.found(archive, maxFiles: 0).isEmpty)
        }
    }
}
