import ComposerRepository
import Testing

@Suite struct NameSelectionTests {
    @Test(arguments: [
        ("acme/*", "acme/site-kit", true), ("acme/*", "ACME/Site", true), ("ACME/*", "acme/x", true),
        ("acme/*", "acme2/x", false), ("acme/*", "acme", false), ("acme*", "acme2/x", true), ("*", "a/b", true),
        ("*/lib", "acme/lib", true), ("*/lib", "acme/libs", false), ("a*b*c", "a/xbxbxc", true), ("a*c", "a/b", false),
        ("acme/**", "acme/", true), ("*a", "aaa", true), ("a.b/c", "axb/c", false), ("acme/x", "acme/x", true),
        ("acme/x", "acme/xy", false), ("", "", true), ("*", "", true), ("", "a", false), ("acme/+*", "acme/+x", true),
    ])
    func `a pattern matches as Composer's do`(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NameSelection(patterns: [pattern]).matches(name) == matches)
    }

    @Test func `a pattern of many stars ends, however it fails`() {
        let pattern = String(repeating: "*a", count: 200) + "b"
        #expect(!NameSelection(patterns: [pattern]).matches(String(repeating: "a", count: 20_000)))
    }

    @Test func `names and patterns add up, and an empty selection has none`() {
        let selection = NameSelection(names: ["Other/Lib"], patterns: ["acme/*"])
        #expect(["other/lib", "OTHER/lib", "acme/x"].allSatisfy(selection.matches))
        #expect(!selection.matches("other/lib2") && !NameSelection().matches("a/b"))
    }

    @Test func `what is excluded is not selected, whatever else says so`() {
        var settings = RepositorySettings(name: "a", url: "https://a.example")
        #expect(settings.selects("acme/x"))
        settings.exclude = NameSelection(patterns: ["acme/legacy-*"])
        #expect(settings.selects("acme/x") && !settings.selects("acme/legacy-x"))
        settings.only = NameSelection(names: ["acme/legacy-x", "acme/x"])
        #expect(settings.selects("acme/x") && !settings.selects("acme/legacy-x") && !settings.selects("acme/y"))
    }
}
