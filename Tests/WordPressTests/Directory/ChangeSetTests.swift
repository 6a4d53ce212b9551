import Testing
import Upstream

@testable import Composer
@testable import Facts
@testable import WordPress

@Suite struct ChangeSetTests {
    func changes(_ layout: PackageType = .plugin, _ items: LogItem...) -> ChangeSet {
        var changes = ChangeSet(layout: layout)
        for item in items { changes.add(item) }
        return changes
    }

    /// `+d /a/trunk`: an action, a kind (d, f, or ? for unknown), a path.
    func item(_ revision: Int64, _ lines: String...) -> LogItem {
        let actions: [Character: LogPath.Action] = ["+": .added, "~": .modified, "-": .deleted, "!": .replaced]
        let paths = lines.map { line in
            let marks = Array(line.prefix(2))
            return LogPath(
                path: String(line.dropFirst(3)),
                action: actions[marks[0]] ?? .modified,
                isDirectory: ["d": true, "f": false][marks[1]]
            )
        }
        return LogItem(revision: revision, dateMilliseconds: revision * 1_000, paths: paths)
    }

    func event(_ revision: Int64) -> PathHistory.Event {
        PathHistory.Event(revision: revision, dateMilliseconds: revision * 1_000)
    }

    func appeared(_ revision: Int64) -> PathHistory {
        PathHistory(last: self.event(revision), appeared: self.event(revision))
    }

    func touched(_ revision: Int64, appeared: Int64? = nil) -> PathHistory {
        PathHistory(last: self.event(revision), appeared: appeared.map(self.event))
    }

    func removed(_ revision: Int64, appeared: Int64? = nil) -> PathHistory {
        PathHistory(last: self.event(revision), isRemoved: true, appeared: appeared.map(self.event))
    }

    func folder(_ prefix: String, _ revision: Int64, _ content: FolderChange.Content) -> FolderChange {
        FolderChange(prefix: prefix, revision: revision, dateMilliseconds: revision * 1_000, content: content)
    }

    @Test func `a plugin is born, gets a tag, and is touched`() {
        let changes = self.changes(
            .plugin,
            self.item(1, "+d /a", "+d /a/assets", "+d /a/tags", "+d /a/trunk", "+f /a/trunk/a.php"),
            self.item(2, "~f /a/tags/1.0/a.php", "+d /a/tags/1.0", "-f /a/tags/1.0/x"),
            self.item(3, "~f /a/trunk/a.php", "~f /b/trunk/b.php")
        )
        #expect(changes.packages.keys.sorted() == ["a", "b"])
        #expect(changes.packages["a"]?.revision == 3)
        #expect(changes.packages["a"]?.dateMilliseconds == 3_000)
        #expect(
            changes.packages["a"]?.paths == ["trunk": self.touched(3, appeared: 1), "tags/1.0": self.appeared(2)]
        )
        #expect(changes.packages["b"]?.paths == ["trunk": self.touched(3)])
        #expect(changes.items == 3)
    }

    @Test func `assets and branches make no package due`() {
        let changes = self.changes(
            .plugin,
            self.item(1, "+f /a/assets/icon.png", "+d /a/branches", "~d /a/assets"),
            self.item(2, "~f /a/assets/icon.png", "~f /b/trunk/b.php"),
            self.item(3, "~f /b/assets/icon.png", "~f /b/trunk/b.php")
        )
        #expect(changes.packages.mapValues(\.revision) == ["b": 3])
        #expect(changes.neutralItems == 2)
        // Themes have no such folders: the same names are versions there.
        #expect(self.changes(.theme, self.item(1, "+f /a/assets/icon.png")).packages["a"] != nil)
    }

    @Test func `the root, files at the top and names that can't be asked for are no packages`() {
        var changes = self.changes(
            .plugin,
            self.item(
                1,
                "~d /",
                "+f /robots",
                "-f /robots",
                "+d /UPPER/trunk",
                "+d /a b",
                "+d /../x",
                "+d /ünï",
                "+d /-dash",
                "+d /_x",
                "+d /\(String(repeating: "x", count: 201))",
                "+d /a---b",
                "+d /good"
            )
        )
        #expect(Array(changes.packages.keys) == ["good"])
        #expect(changes.invalidSlugs == 8)
        changes.add(self.item(2, "~f /UPPER/trunk/x"))
        #expect(changes.invalidSlugs == 8)
        for number in 0..<100 { changes.add(self.item(3, "+d /X\(number)")) }
        #expect(changes.invalidSlugs == 108)
    }

    @Test func `an item without paths counts, and moves the highest revision on`() {
        let changes = self.changes(.plugin, self.item(7))
        #expect(changes.items == 1)
        #expect(changes.packages.isEmpty)
    }

    @Test func `a deleted package is due, and everything in it is gone`() {
        let changes = self.changes(.plugin, self.item(5, "-d /a"))
        #expect(changes.packages["a"]?.revision == 5)
        #expect(changes.packages["a"]?.paths == [:])
        #expect(changes.packages["a"]?.folders == [self.folder("", 5, .nothing)])
    }

    @Test func `a replaced package loses what it had, and has what came in its place`() {
        let changes = self.changes(
            .plugin,
            self.item(4, "+d /a/tags/1.0"),
            self.item(5, "+d /a/trunk", "!d /a", "+d /a/tags", "+d /a/tags/2.0")
        )
        #expect(changes.packages["a"]?.folders == [self.folder("", 5, .nothing)])
        #expect(
            changes.packages["a"]?.paths
                == ["trunk": self.appeared(5), "tags/2.0": self.appeared(5), "tags/1.0": self.appeared(4)]
        )
    }

    @Test func `deleting or replacing tags is about tags, not trunk`() {
        let changes = self.changes(
            .plugin,
            self.item(4, "+d /a/tags/1.0", "~f /a/trunk/a.php"),
            self.item(5, "-d /a/tags"),
            self.item(6, "+d /a/tags"),
            self.item(7, "!d /a/tags", "~f /a/tags/3.0/a.php")
        )
        #expect(
            changes.packages["a"]?.folders == [self.folder("tags/", 5, .nothing), self.folder("tags/", 7, .nothing)]
        )
        #expect(
            changes.packages["a"]?.paths
                == ["trunk": self.touched(4), "tags/1.0": self.appeared(4), "tags/3.0": self.touched(7)]
        )
    }

    @Test func `a folder that is copied into place says where from`() {
        func copied(_ revision: Int64, _ path: String, _ action: LogPath.Action, from: String, _ at: Int64) -> LogItem {
            let source = LogPath.CopySource(path: from, revision: at)
            let path = LogPath(path: path, action: action, isDirectory: true, copyFrom: source)
            return LogItem(revision: revision, dateMilliseconds: revision * 1_000, paths: [path])
        }
        let plugin = self.changes(
            .plugin,
            copied(5, "/a/tags", .added, from: "/a/tags", 3),
            copied(6, "/a", .replaced, from: "/a", 2),
            copied(7, "/a/tags", .replaced, from: "/b/tags", 6),
            copied(8, "/a/tags", .added, from: "/a/tags", -1)
        )
        #expect(
            plugin.packages["a"]?.folders
                == [
                    self.folder("tags/", 5, .itself(at: 3)), self.folder("", 6, .itself(at: 2)),
                    self.folder("tags/", 7, .another), self.folder("tags/", 8, .another),
                ]
        )
        let theme = self.changes(.theme, copied(5, "/t", .added, from: "/t", 3))
        #expect(theme.packages["t"]?.folders == [self.folder("", 5, .itself(at: 3))])
    }

    @Test func `a tag that is deleted, comes back or is replaced`() {
        let base = self.item(1, "+d /a/tags/1.0", "+d /a/tags/2.0", "+d /a/tags/3.0")
        let changes = self.changes(
            .plugin,
            base,
            self.item(2, "-d /a/tags/1.0", "-d /a/tags/2.0"),
            self.item(3, "+d /a/tags/2.0", "!d /a/tags/3.0")
        )
        #expect(
            changes.packages["a"]?.paths
                == [
                    "tags/1.0": self.removed(2, appeared: 1), "tags/2.0": self.appeared(3),
                    "tags/3.0": self.appeared(3),
                ]
        )
    }

    @Test func `a file among the tags is a touch, and no tag`() {
        let changes = self.changes(
            .plugin,
            self.item(1, "+f /a/tags/readme.txt", "+f /a/loose.txt", "~d /b", "~? /c/tags/1")
        )
        #expect(changes.packages["a"]?.paths == [:])
        #expect(changes.packages["a"]?.revision == 1)
        #expect(changes.packages["b"]?.revision == 1)
        #expect(changes.packages["c"]?.paths == ["tags/1": self.touched(1)])
        let replaced = self.changes(.plugin, self.item(1, "+d /a/tags/1"), self.item(2, "!f /a/tags/1"))
        #expect(replaced.packages["a"]?.paths == ["tags/1": self.removed(2, appeared: 1)])
    }

    @Test func `a theme's versions lie in its folder`() {
        let changes = self.changes(
            .theme,
            self.item(1, "+d /a", "+d /a/1.0.0", "+f /a/1.0.0/style.css"),
            self.item(2, "~f /a/1.0.0/style.css", "+f /a/screenshot.png", "+d /a/trunk")
        )
        #expect(changes.packages["a"]?.paths == ["1.0.0": self.touched(2, appeared: 1), "trunk": self.appeared(2)])
    }

    @Test func `versions whose names are canonically equivalent trap nowhere`() {
        let changes = self.changes(.plugin, self.item(1, "+d /a/tags/\u{e9}", "+d /a/tags/e\u{301}"))
        #expect(changes.packages["a"]?.paths.isEmpty == false)
    }

    @Test func `P21: paths that no version can have are dropped, and their packages are due`() {
        let long = String(repeating: "x", count: 1_024)
        let changes = self.changes(
            .plugin,
            self.item(1, "+d /a/tags/\(long)", "+d /b/tags/1\u{0}", "~f /c/tags/\(long)/x", "+d /a/tags/1")
        )
        #expect(changes.packages.mapValues { $0.paths.keys.sorted() } == ["a": ["tags/1"], "b": [], "c": []])
        #expect(changes.droppedPaths == 3)
        #expect(self.changes(.theme, self.item(1, "+d /a/\(long)")).packages["a"]?.paths.count == 1)
        #expect(self.changes(.theme, self.item(1, "+d /a/\(long)x")).packages["a"]?.paths.isEmpty == true)
    }

    @Test func `P21: items with a defect are counted`() {
        var oversized = self.item(1, "~d /a")
        oversized.defect = .oversized
        var damaged = self.item(2, "~d /b")
        damaged.defect = .damaged
        damaged.droppedPaths = 4
        let changes = self.changes(.plugin, oversized, damaged)
        #expect(changes.packages.mapValues(\.paths) == ["a": [:], "b": [:]])
        #expect([changes.oversizedItems, changes.damagedItems, changes.droppedPaths] == [1, 1, 4])
    }

    /// What taking in `tags` tags takes, in one revision, and again when they are cleared and touched one by one.
    private func time(tags: Int) -> Duration {
        let paths = (0..<tags).map { LogPath(path: "/a/tags/\($0)", action: .added, isDirectory: true) }
        let clearing = LogPath(path: "/a/tags", action: .replaced, isDirectory: true)
        return ContinuousClock().measure {
            var changes = ChangeSet(layout: .plugin)
            changes.add(LogItem(revision: 1, paths: paths))
            for revision in 0..<Int64(tags / 10) { changes.add(LogItem(revision: revision + 2, paths: [clearing])) }
            #expect(changes.packages["a"]?.folders.isEmpty == false)
            #expect(changes.size == tags + 1)
        }
    }

    @Test func `P21: the work for a revision is linear in its tags, and clearing them costs nothing more`() {
        _ = self.time(tags: 1_000)
        // Ten times as many take a hundred times as long where the cost is a product; others may need the machine, too.
        var ratios: [Double] = []
        while ratios.count < 3, (ratios.min() ?? .infinity) > 40 {
            ratios.append(self.time(tags: 40_000) / self.time(tags: 4_000))
        }
        #expect((ratios.min() ?? .infinity) < 40, "\(ratios)")
    }
}
