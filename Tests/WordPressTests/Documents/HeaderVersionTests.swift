import Testing
import Upstream

@testable import WordPress

/// Which version an archive says itself that it is of.
@Suite struct HeaderVersionTests {
    private let plugins = DirectorySource(DirectorySettings(.plugin))
    private let themes = DirectorySource(DirectorySettings(.theme))

    private func value(_ text: String, of name: String = "version") -> String? {
        FileHeaders(Array(text.utf8)).value(of: name)
    }

    @Test func `a header is read as WordPress reads it`() {
        #expect(self.value("<?php\n/*\nPlugin Name: Kit\nVersion: 1.2\n*/") == "1.2")
        #expect(self.value("<?php /* \n * VERSION :1\n *\tversion:\t 1.2.3 \t\n") == "1.2.3")
        #expect(self.value("<?php // Version: 2.0 ?>") == "2.0")
        #expect(self.value("  <?PHP # Version: 2.1 */ echo 1;") == "2.1")
        #expect(self.value("/**\r * @Version: 3.0\r */") == "3.0")
        #expect(self.value("@package Kit, Version: 3.0") == nil, "not at the beginning of a line")
        #expect(self.value("Stable Version: 3.0\nVersion 3.1\n$version: 3.2") == nil)
        #expect(self.value("Version:\nVersion: 4") == nil, "the first one counts")
        #expect(self.value("Version: */ 4") == nil && self.value("") == nil)
        #expect(self.value("Version: 4*?/\n") == "4*?/")
    }

    @Test func `only the first 8 KiB are looked at`() {
        let filler = String(repeating: "\n", count: FileHeaders.bytes - 10)
        #expect(self.value(filler + "Version: 1.23") == "1")
        #expect(self.value(filler + "\nVersion:11.23") == "1")
        #expect(self.value(filler + "123456789\nVersion: 1") == nil)
    }

    @Test func `files of PHP in the folder of a plugin are looked at, and the stylesheet of a theme`() throws {
        let isPlugins = try #require(self.plugins.isVersionFile)
        let isThemes = try #require(self.themes.isVersionFile)
        #expect(["kit/kit.php", "kit/index.PHP", "other/x.php"].allSatisfy(isPlugins))
        #expect(
            !["kit.php", "kit/inc/kit.php", "kit/readme.txt", "kit/.php/", "/kit/x.php"].contains(where: isPlugins)
        )
        #expect(isThemes("kit/style.css"))
        #expect(!["style.css", "kit/css/style.css", "kit/Style.css", "kit/functions.php"].contains(where: isThemes))
    }

    private func file(_ name: String, _ text: String) -> (name: String, bytes: [UInt8]) { (name, Array(text.utf8)) }

    @Test func `of the files that name the plugin the one that is called as it counts, else the first by name`() {
        let files = [
            self.file("kit/b.php", "Plugin Name: B\nVersion: 2"), self.file("kit/a.php", "Plugin Name: A\nVersion: 1"),
            self.file("kit/0.php", "Version: 0"), self.file("kit/kit.php", "Plugin Name: Kit\nVersion: 3"),
        ]
        #expect(self.plugins.headerVersion(in: files, of: "kit") == "3")
        #expect(self.plugins.headerVersion(in: files, of: "other") == "1")
        #expect(self.plugins.headerVersion(in: [files[2]], of: "kit") == nil)
        #expect(self.plugins.headerVersion(in: [], of: "kit") == nil)
        #expect(self.plugins.headerVersion(in: [self.file("kit/kit.php", "Plugin Name: Kit")], of: "kit") == nil)
        let style = self.file("kit/style.css", "/*\nTheme Name: Kit\nVersion: 1.5\n*/")
        #expect(self.themes.headerVersion(in: [style], of: "kit") == "1.5")
    }

    @Test func `P14: what stands there is one short line, whatever it is`() throws {
        let long = "Plugin Name: x\nVersion: 1\u{0}\u{1b}" + String(repeating: "é", count: 5_000)
        let version = try #require(self.plugins.headerVersion(in: [self.file("kit/kit.php", long)], of: "kit"))
        #expect(version.unicodeScalars.count == 101 && !version.utf8.contains { $0 < 0x20 })
        let broken: [UInt8] = Array("Plugin Name: x\nVersion: ".utf8) + [0xff, 0xc3]
        #expect(self.plugins.headerVersion(in: [("kit/kit.php", broken)], of: "kit") == "\u{fffd}\u{fffd}")
    }
}
