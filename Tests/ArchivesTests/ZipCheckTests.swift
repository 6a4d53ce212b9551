import Composer
import Testing

@testable import Archives

/// P17: what is taken for a zip is whole, and everybody reads the same in it.
@Suite struct ZipCheckTests {
    typealias Entry = TestZip.Entry

    /// Refused for what reason, and about which entry; nil where it is taken.
    static func refusal(
        _ bytes: [UInt8],
        _ limits: ArchiveLimits = ArchiveLimits()
    ) -> ArchiveRefusal? {
        do {
            _ = try ArchiveCheck.check(bytes, limits)
            return nil
        } catch let refusal as ArchiveRefusal {
            return refusal
        } catch {
            Issue.record(error)
            return nil
        }
    }

    static func reason(_ zip: TestZip, _ limits: ArchiveLimits = ArchiveLimits()) -> ArchiveRefusal.Reason? {
        Self.refusal(zip.bytes, limits)?.reason
    }

    @Test func `a zip is taken, with its size, its hashes and how much is in it`() throws {
        var zip = TestZip(Entry("a/", "", method: 0, mode: 0o040755), Entry("a/b.php"), Entry("c", "", method: 0))
        zip.comment = Array("9e107d9d372bb6826bd81d3542a419d6".utf8)
        let archive = try ArchiveCheck.check(zip.bytes)
        #expect(archive.kind == .zip)
        #expect(archive.entryCount == 3)
        #expect(archive.unpackedBytes == 5)
        #expect(archive.digests.size == zip.bytes.count)
        #expect(archive.digests.sha256 == ContentHash(of: zip.bytes))
        #expect(archive.digests.sha1.utf8.count == 40)
    }

    @Test func `sizes may follow the data, with and without their sign`() {
        let crc = TestZip.number(Int(CRC32.of(Array("hello".utf8))), 4)
        for signed in [true, false] {
            for width in [4, 8] {
                let sizes = TestZip.number(5, width) + TestZip.number(5, width)
                let entry = Entry("a", method: 0).with {
                    $0.flags = 8
                    $0.after = (signed ? [0x50, 0x4B, 7, 8] : []) + crc + sizes
                }
                #expect(Self.refusal(TestZip(entry, Entry("b")).bytes) == nil)
                let wrong = entry.with { $0.after[$0.after.count - 1] ^= 1 }
                #expect(Self.reason(TestZip(wrong, Entry("b"))) == .damaged)
            }
        }
        #expect(Self.reason(TestZip(Entry("a", method: 0).with { $0.flags = 8 })) == .damaged, "nothing follows")
    }

    @Test func `a zip64 end is read, and has to say what the other one says`() {
        var zip = TestZip(Entry("a"), Entry("b"))
        zip.usesZip64End = true
        #expect(Self.refusal(zip.bytes) == nil)
        var bytes = zip.bytes
        (bytes[bytes.count - 14], bytes[bytes.count - 12]) = (1, 1)
        #expect(Self.refusal(bytes)?.reason == .ambiguous)
    }

    @Test func `zip64 sizes of an entry are those of its field`() {
        let sizes = [1, 0, 16, 0] + TestZip.number(5, 8) + TestZip.number(5, 8)
        let entry = Entry("a", method: 0).with {
            ($0.size, $0.packedSize, $0.extra, $0.localExtra) = (0xFFFF_FFFF, 0xFFFF_FFFF, sizes, sizes)
        }
        #expect(Self.refusal(TestZip(entry).bytes) == nil)
        #expect(Self.reason(TestZip(entry.with { $0.extra = [] })) == .damaged)
        #expect(Self.reason(TestZip(entry.with { $0.extra += sizes })) == .ambiguous)
        #expect(Self.reason(TestZip(entry.with { $0.extra[11] = 0xFF })) == .damaged, "more than any file can have")
    }

    @Test func `what an entry says of its bytes has to be so`() {
        let entry = Entry("a", "hello hello hello")
        for (wrong, what) in [
            (entry.with { $0.crc = 1 }, "CRC"), (entry.with { $0.size = 16 }, "size"),
            (entry.with { $0.size = 18 }, "size"), (entry.with { $0.packedSize = 9 }, "packed size"),
            (entry.with { $0.packed = Array("hello hello hello".utf8) }, "no deflate"),
            (entry.with { $0.packed = TestZip.deflated($0.data).dropLast() }, "cut"),
            (entry.with { $0.packed = TestZip.deflated($0.data) + [0] }, "too long"),
            (Entry("a", method: 0).with { $0.size = 4 }, "stored with two sizes"),
        ] { #expect([.damaged, .ambiguous].contains(Self.reason(TestZip(wrong))), "\(what)") }
    }

    @Test func `what it says before the data is what the directory says`() {
        let entry = Entry("a")
        for (wrong, what) in [
            (entry.with { $0.localName = Array("b".utf8) }, "name"), (entry.with { $0.localMethod = 0 }, "method"),
            (entry.with { $0.localCRC = 1 }, "CRC"), (entry.with { ($0.flags, $0.localFlags) = (8, 0) }, "descriptor"),
        ] { #expect(Self.reason(TestZip(wrong)) == .ambiguous, "\(what)") }
        #expect(Self.reason(TestZip(entry.with { $0.offset = 1 }, Entry("b"))) == .ambiguous)
    }

    @Test func `encrypted entries and other methods are refused by name`() {
        for flag in [0, 6, 13] {
            #expect(Self.reason(TestZip(Entry("a").with { $0.flags = 1 << flag })) == .encrypted)
        }
        #expect(Self.reason(TestZip(Entry("a").with { $0.method = 99 })) == .encrypted)
        let refusal = Self.refusal(TestZip(Entry("a").with { $0.method = 14 }).bytes)
        #expect(refusal?.reason == .unsupported)
        #expect(refusal.map { "\($0)" } == "entry 'a': it is packed with method 14 (LZMA), which is not read here")
    }

    @Test func `what unzip can't read, Composer can't install`() {
        #expect(Self.reason(TestZip(Entry("a").with { $0.version = 46 })) == nil)
        #expect(Self.reason(TestZip(Entry("a").with { $0.version = 47 })) == .unsupported)
        #expect(Self.reason(TestZip(Entry("a").with { $0.extra = [0x55, 0x54, 9, 0, 1] })) == .damaged)
        #expect(Self.reason(TestZip(Entry("a").with { $0.localExtra = [0x55, 0x54, 9, 0, 1] })) == .damaged)
        #expect(Self.reason(TestZip(Entry("a").with { $0.extra = [0, 0, 0] })) == nil, "padding")
        // A name that is the same in both encodings is one name.
        for (name, reason) in [("a", nil), ("é", ArchiveRefusal.Reason.ambiguous)] {
            #expect(Self.reason(TestZip(Entry(name).with { ($0.flags, $0.localFlags) = (1 << 11, 0) })) == reason)
        }
    }

    @Test func `nothing is before, between, behind or under entries but what belongs there`() {
        let (first, second) = (Entry("a", "hello", method: 0), Entry("b"))
        let changes: [(String, (inout TestZip) -> Void)] = [
            ("before", { $0.before = [1, 2] }), ("before the directory", { $0.beforeDirectory = [0] }),
            ("between", { $0.entries[0].after = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }),
            ("behind the directory", { $0.afterDirectory = [0] }), ("the same twice", { $0.entries[1].offset = 0 }),
            ("count", { $0.count = 1 }), ("count", { $0.count = 3 }), ("offset", { $0.directoryOffset = 3 }),
            ("an end in the comment", { $0.comment = TestZip().bytes }),
            ("a sign in the comment", { $0.comment = [0x50, 0x4B, 5, 6] }),
            (
                "a bomb",
                {
                    $0.entries[0].packedSize = 60; $0.entries[0].size = 60
                }
            ),
        ]
        #expect(Self.reason(TestZip(first, second)) == nil)
        for (what, change) in changes {
            var zip = TestZip(first, second)
            change(&zip)
            #expect([.damaged, .ambiguous, .truncated, .noArchive].contains(Self.reason(zip)), "\(what)")
        }
        #expect(Self.refusal(TestZip(first).bytes + [0])?.reason == .damaged)
        #expect(Self.refusal(TestZip(first).bytes + TestZip(second).bytes)?.reason == .damaged)
    }

    @Test func `a zip that is cut anywhere is refused`() {
        var zip = TestZip(Entry("a", "hello", method: 0), Entry("b"))
        zip.comment = Array("comment".utf8)
        let bytes = zip.bytes
        for count in 0..<bytes.count { #expect(Self.refusal(Array(bytes.prefix(count))) != nil, "\(count)") }
    }

    @Test func `a zip without a file is refused, and folders are none`() {
        #expect(Self.reason(TestZip()) == .empty)
        #expect(Self.reason(TestZip(Entry("a/", "", method: 0))) == .empty)
    }

    @Test func `P22: limits on entries, folders, directory and what it unpacks to are kept`() {
        let zip = TestZip(Entry("a/b/c/d"), Entry("e", String(repeating: "a", count: 10_000)))
        #expect(Self.reason(zip, ArchiveLimits(entries: 5)) == nil)
        #expect(Self.reason(zip, ArchiveLimits(entries: 4)) == .tooLarge)
        #expect(Self.reason(zip, ArchiveLimits(entries: 1)) == .tooLarge)
        #expect(Self.reason(zip, ArchiveLimits(directoryBytes: 99)) == .tooLarge)
        #expect(Self.reason(zip, ArchiveLimits(unpackedBytes: 10_004)) == .tooLarge)
        #expect(Self.reason(zip, ArchiveLimits(unpackedBytes: 10_005)) == nil)
        #expect(Self.reason(zip, ArchiveLimits(ratio: 10, bytesBeforeRatio: 9_000)) == .tooLarge)
        #expect(Self.reason(zip, ArchiveLimits(ratio: 10, bytesBeforeRatio: 11_000)) == nil)
    }
}
