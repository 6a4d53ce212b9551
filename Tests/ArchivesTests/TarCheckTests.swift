import Testing

@testable import Archives

/// P17: what is taken for a tar is whole, and stays inside.
@Suite struct TarCheckTests {
    /// One entry of a tar in ustar's form.
    static func entry(
        _ name: String,
        _ data: String = "",
        type: Character = "0",
        target: String = "",
        size: String? = nil,
        hasSum: Bool = true
    ) -> [UInt8] {
        func field(_ text: String, _ length: Int) -> [UInt8] {
            Array(text.utf8.prefix(length)) + [UInt8](repeating: 0, count: max(0, length - text.utf8.count))
        }
        let octal = String(data.utf8.count, radix: 8)
        var block = field(name, 100) + field("0000644", 8) + field("0", 8) + field("0", 8)
        block += field(size ?? octal, 12) + field("0", 12) + field("        ", 8) + Array(String(type).utf8)
        block += field(target, 100) + field("ustar", 6) + Array("00".utf8)
        block += [UInt8](repeating: 0, count: 512 - block.count)
        let sum = String(block.reduce(0) { $0 + Int($1) } + (hasSum ? 0 : 1), radix: 8)
        block.replaceSubrange(148..<156, with: field(String(repeating: "0", count: 6 - sum.count) + sum, 7) + [0x20])
        let padding = (512 - data.utf8.count % 512) % 512
        return block + Array(data.utf8) + [UInt8](repeating: 0, count: padding)
    }

    static let end = [UInt8](repeating: 0, count: 1_024)

    func reason(_ entries: [UInt8]..., end: [UInt8] = Self.end) -> ArchiveRefusal.Reason? {
        ZipCheckTests.refusal(entries.flatMap { $0 } + end)?.reason
    }

    @Test func `a tar is taken, plain and in gzip`() throws {
        let tar = Self.entry("a/", type: "5") + Self.entry("a/b", "hello") + Self.end
        for (bytes, kind) in [(tar, ArchiveKind.tar), (TestZip.gzipped(tar), .gzippedTar)] {
            let archive = try ArchiveCheck.check(bytes)
            #expect(archive.kind == kind)
            #expect(archive.entryCount == 2)
            #expect(archive.unpackedBytes == tar.count)
            #expect(archive.digests == ArchiveDigests(of: bytes))
        }
    }

    @Test func `a tar without its end is refused, and so is what follows it`() {
        let file = Self.entry("a", "hello")
        #expect(self.reason(file, end: []) == .truncated)
        #expect(self.reason(file, end: Array(Self.end.dropLast())) == .truncated)
        #expect(self.reason(file, end: Array(Self.end.prefix(512))) == .truncated)
        #expect(self.reason(file, end: Self.end + [0]) == nil)
        #expect(self.reason(file, end: Self.end + [1]) == .truncated)
        #expect(self.reason(file, end: Self.end + file) == .ambiguous)
        #expect(self.reason(Array(file.dropLast(512)), end: Self.end) == .truncated, "the data is missing")
    }

    @Test func `headers are what their sum says`() {
        #expect(self.reason(Self.entry("a"), Self.entry("b", hasSum: false)) == .damaged)
        #expect(self.reason(Self.entry("a", hasSum: false)) == .noArchive)
        #expect(self.reason(Self.entry("a"), Self.entry("b", size: "9")) == .damaged)
    }

    @Test func `what an entry is and where it leads is judged as in a zip`() {
        #expect(self.reason(Self.entry("../a")) == .unsafeName)
        #expect(self.reason(Self.entry("a"), Self.entry("./a")) == .duplicateName)
        #expect(self.reason(Self.entry("a"), Self.entry("l", type: "2", target: "a")) == nil)
        #expect(self.reason(Self.entry("a"), Self.entry("l", type: "2", target: "../a")) == .unsafeName)
        #expect(self.reason(Self.entry("a"), Self.entry("h", type: "1", target: "a")) == nil)
        #expect(self.reason(Self.entry("a"), Self.entry("h", type: "1", target: "b")) == .unsafeName)
        #expect(self.reason(Self.entry("l", type: "2", target: "."), Self.entry("l/a")) == .unsafeName)
        for type in "346" { #expect(self.reason(Self.entry("a", type: type)) == .unsafeName) }
        for type in "SVz" { #expect(self.reason(Self.entry("a", type: type)) == .unsupported) }
        #expect(self.reason(Self.entry("a", "hello", type: "5")) == .damaged)
        #expect(self.reason(Self.entry("a/", type: "5")) == .empty)
    }

    @Test func `what is said of an entry beforehand holds for it`() {
        let pax: (String) -> [UInt8] = { Self.entry("p", $0, type: "x") }
        #expect(self.reason(pax("12 path=b/c\n"), Self.entry("a"), Self.entry("a")) == nil)
        #expect(self.reason(pax("13 path=../c\n"), Self.entry("a")) == .unsafeName)
        #expect(self.reason(pax("14 linkpath=/b\n"), Self.entry("a")) == .damaged)
        #expect(self.reason(pax("15 linkpath=/b\n"), Self.entry("a", type: "2", target: "b")) == .unsafeName)
        #expect(self.reason(pax("9 size=5\n"), Self.entry("a", "hello")) == nil)
        #expect(self.reason(pax("99 path=b\n"), Self.entry("a")) == .damaged)
        #expect(self.reason(pax("25 GNU.sparse.name=abcde\n"), Self.entry("a")) == .unsupported)
        #expect(self.reason(Self.entry("L", "../b\0", type: "L"), Self.entry("a")) == .unsafeName)
        #expect(
            self.reason(Self.entry("K", "../b\0", type: "K"), Self.entry("a", type: "2", target: "b")) == .unsafeName
        )
        #expect(self.reason(Self.entry("a"), pax("9 path=b\n")) == .damaged, "nothing comes after it")
        #expect(self.reason(Self.entry("g", "13 comment=x\n", type: "g"), Self.entry("a")) == nil)
        #expect(self.reason(Self.entry("g", "9 path=b\n", type: "g"), Self.entry("a")) == .ambiguous)
        #expect(self.reason(Self.entry("x", String(repeating: "a", count: 1 << 20 + 1), type: "x")) == .tooLarge)
    }

    @Test func `P17: what is said of an entry twice, of which programs take the one or the other, is refused`() {
        let pax: (String) -> [UInt8] = { Self.entry("p", $0, type: "x") }
        let name: (String) -> [UInt8] = { Self.entry("L", $0 + "\0", type: "L") }
        let target: (String) -> [UInt8] = { Self.entry("K", $0 + "\0", type: "K") }
        let (file, link) = (Self.entry("a", "hello"), Self.entry("a", type: "2", target: "c"))
        for (first, second) in [
            (pax("9 path=b\n"), name("c")), (name("b"), pax("9 path=c\n")), (name("b"), name("c")),
            (pax("9 path=b\n"), pax("9 path=c\n")), (pax("9 path=b\n"), pax("13 comment=x\n")),
            (pax("9 path=b\n"), Self.entry("g", "13 comment=x\n", type: "g")),
        ] {
            #expect(self.reason(first, second, file) == .ambiguous)
            #expect(self.reason(first, file) == nil, "each is known by itself")
        }
        #expect(self.reason(pax("14 linkpath=b\n"), target("c"), link) == .ambiguous)
        #expect(self.reason(target("b"), target("c"), link) == .ambiguous)
        #expect(self.reason(pax("9 path=b\n9 path=c\n"), file) == .ambiguous)
        #expect(self.reason(Self.entry("b"), target("b"), name("d"), link) == nil, "GNU's tar says both of a link")
        #expect(self.reason(pax("9 path=b\n"), file, pax("9 path=c\n"), file) == nil)
    }

    @Test func `P17: what an entry's own header says is safe too, for whoever knows nothing else`() {
        let pax: (String) -> [UInt8] = { Self.entry("p", $0, type: "x") }
        #expect(self.reason(pax("9 path=b\n"), Self.entry("../a")) == .unsafeName)
        #expect(self.reason(Self.entry("L", "b\0", type: "L"), Self.entry("/a")) == .unsafeName)
        for type: Character in ["1", "2"] {
            let link = Self.entry("a", type: type, target: "/etc/passwd")
            #expect(self.reason(Self.entry("b"), pax("14 linkpath=b\n"), link) == .unsafeName)
        }
        // As git writes a link with long names.
        let made = Self.entry("4f2a.data", type: "2", target: "see 4f2a.paxheader")
        #expect(self.reason(Self.entry("e"), pax("9 path=b\n"), made) == nil)
        #expect(self.reason(Self.entry("e"), pax("9 path=b\n14 linkpath=c\n"), made) == nil)
        // As GNU's tar cuts a name.
        let cut = String(repeating: "a", count: 99) + "/"
        #expect(self.reason(Self.entry("L", cut + "b\0", type: "L"), Self.entry(cut, "hello")) == nil)
        #expect(self.reason(Self.entry("e"), Self.entry("a/")) == nil, "a folder, in an old tar")
        // Where the size is not known, the next entry would be looked for in the middle of the bytes.
        #expect(self.reason(pax("9 size=5\n"), Self.entry("a", "hello", size: "0")) == .ambiguous)
    }

    @Test func `a gzip file is a tar, and is whole`() {
        let bytes = TestZip.gzipped(Self.entry("a", "hello") + Self.end)
        #expect(ZipCheckTests.refusal(Array(bytes.dropLast()))?.reason == .truncated)
        #expect(ZipCheckTests.refusal(bytes + [0])?.reason == .truncated)
        #expect(ZipCheckTests.refusal(bytes + Array("hello".utf8))?.reason == .damaged)
        var wrong = bytes
        wrong[wrong.count - 6] ^= 1
        #expect(ZipCheckTests.refusal(wrong)?.reason == .damaged)
        for text in ["", "hello", String(repeating: "hello", count: 1_000)] {
            #expect(ZipCheckTests.refusal(TestZip.gzipped(Array(text.utf8)))?.reason == .noArchive)
        }
    }

    @Test(
        arguments: [
            ("", .truncated), ("<!DOCTYPE html><p>Sign in", .noArchive), ("{\"message\":\"Not Found\"}", .noArchive),
            ("<?php", .noArchive), ("BZh91AY", .unsupported), ("\u{FEFF} <html>", .noArchive), ("Rar!", .unsupported),
            ("P", .noArchive), ("PK", .noArchive), ("PK\u{3}\u{4}", .truncated),
        ] as [(String, ArchiveRefusal.Reason)]
    )
    func `what is no archive is called what it is`(_ text: String, _ reason: ArchiveRefusal.Reason) {
        #expect(ZipCheckTests.refusal(Array(text.utf8))?.reason == reason)
    }

    @Test func `P22: limits hold for what gzip packs as well`() {
        let bytes = TestZip.gzipped(Self.entry("a", String(repeating: "a", count: 1_000_000)) + Self.end)
        let ratio = ArchiveLimits(ratio: 100, bytesBeforeRatio: 1_000)
        #expect(ZipCheckTests.refusal(bytes, ratio)?.reason == .tooLarge)
        #expect(ZipCheckTests.refusal(bytes, ArchiveLimits(unpackedBytes: 999_999))?.reason == .tooLarge)
        #expect(ZipCheckTests.refusal(bytes)?.reason == nil)
    }
}
