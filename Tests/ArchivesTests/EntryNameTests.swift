import Testing

@testable import Archives

/// P17: what is unpacked stays inside of its folder, whoever unpacks it.
@Suite struct EntryNameTests {
    typealias Entry = TestZip.Entry

    func reason(_ entries: Entry...) -> ArchiveRefusal.Reason? {
        var zip = TestZip()
        zip.entries = entries
        return ZipCheckTests.reason(zip)
    }

    @Test(arguments: [
        "/etc/passwd", "//a", "..", "../a", "a/../b", "a/..", "a/../../b", "a\\b", "..\\a", "\\\\host\\a", "C:a",
        "c:/a",
        "", "a\0b", "./..", ".",
    ])
    func `a name that may lead outside is refused`(_ name: String) {
        #expect(self.reason(Entry(name)) == .unsafeName)
    }

    @Test(arguments: [
        "a", "a/b", "./a", "a//b", "a/./b", "..a", "a..", "...", "a/..b/c", "ab:c", "1:a", "é/\u{65}\u{301}", "Icon\r",
        " ",
    ])
    func `a name that stays inside is taken`(_ name: String) { #expect(self.reason(Entry(name)) == nil) }

    @Test func `a name that no file system takes is refused`() {
        let part = String(repeating: "a", count: 255)
        #expect(self.reason(Entry(part)) == nil)
        #expect(self.reason(Entry(part + "a")) == .unsafeName)
        let deep = Array(repeating: part, count: 15).joined(separator: "/")
        #expect(self.reason(Entry(deep)) == nil)
        #expect(self.reason(Entry("\(deep)/\(part)/a")) == .unsafeName)
    }

    @Test func `two entries for one place are refused, however they are written`() {
        #expect(self.reason(Entry("a"), Entry("a")) == .duplicateName)
        #expect(self.reason(Entry("a/b"), Entry("c"), Entry("./a//b")) == .duplicateName)
        #expect(self.reason(Entry("a"), Entry("a/", "", method: 0)) == .duplicateName)
        #expect(self.reason(Entry("a/", "", method: 0), Entry("a")) == .duplicateName)
        #expect(self.reason(Entry("a/b"), Entry("a")) == .duplicateName)
        #expect(self.reason(Entry("a"), Entry("a/b")) == .unsafeName)
        // Other bytes are another name, where packages are installed.
        #expect(self.reason(Entry("a"), Entry("A")) == nil)
        #expect(self.reason(Entry("é"), Entry("\u{65}\u{301}")) == nil)
        #expect(self.reason(Entry("a/", "", method: 0), Entry("a/", "", method: 0), Entry("a/b")) == nil)
    }

    @Test(
        arguments: [
            ("b", nil), ("./b/c", nil), ("../b", nil), ("../x/b", nil), ("..", nil), ("b/", nil),
            ("../..", .unsafeName), ("../../b", .unsafeName), ("/etc", .unsafeName), ("b/../../..", .unsafeName),
            ("b/..", .unsafeName), ("..\\..", .unsafeName), ("", .unsafeName), ("C:b", .unsafeName),
        ] as [(String, ArchiveRefusal.Reason?)]
    )
    func `a link leads to a place inside, and through no other link`(
        _ target: String,
        _ reason: ArchiveRefusal.Reason?
    ) {
        #expect(self.reason(Entry("x/link", target, mode: 0o120777)) == reason)
    }

    @Test func `nothing goes through a link`() {
        let link = Entry("a", "b", mode: 0o120777)
        #expect(self.reason(Entry("b/c"), link) == nil)
        #expect(self.reason(link, Entry("a/c")) == .unsafeName)
        #expect(self.reason(Entry("a/c"), link) == .duplicateName)
        #expect(self.reason(Entry("b", String(repeating: "a/", count: 3_000), mode: 0o120777)) == .unsafeName)
    }

    @Test(arguments: [0o020644, 0o060644, 0o010644, 0o140644])
    func `what is neither file nor folder is refused`(_ mode: Int) {
        #expect(self.reason(Entry("a", mode: mode)) == .unsafeName)
    }

    @Test func `the name in Unicode, which some take, is judged as well`() {
        func entry(_ path: String, for name: String = "a") -> Entry {
            Entry("a").with {
                $0.extra = TestZip.unicodePath(path, for: name)
                $0.localExtra = $0.extra
            }
        }
        #expect(self.reason(entry("é")) == nil)
        for path in ["../a", "/a", "a\\b"] {
            #expect(self.reason(entry(path)) == .unsafeName)
            #expect(
                self.reason(entry(path, for: "other")) == .unsafeName,
                "not every program looks for which name it is"
            )
        }
        #expect(self.reason(entry("b"), Entry("b")) == .duplicateName)
        #expect(self.reason(entry("b/")) == .ambiguous)
        #expect(self.reason(entry("b").with { $0.extra = [] }) == .ambiguous, "some read the one, some the other")
        #expect(self.reason(entry("b").with { $0.localExtra = [] }) == .ambiguous)
        #expect(self.reason(entry("b").with { $0.mode = 0o120777 }) == .ambiguous)
    }
}
