import Testing

@testable import ComposerRepository

@Suite struct PackageKeyTests {
    @Test(arguments: [
        ("acme/a", "acme/a"), ("Acme/Site-Kit", "acme/site-kit"), ("a.b_c-d/e--f.g", "a.b_c-d/e--f.g"),
        ("acme/json", "acme/json"), ("acme/com0", "acme/com0"), ("acme/console", "acme/console"),
    ])
    func `names are compared in lower case`(name: String, key: String) {
        #expect(PackageKey.of(name) == key)
    }

    @Test(arguments: [
        "", "acme", "php", "ext-json", "acme/", "/a", "acme/a/b", "../a", "acme/..", "acme/a~dev", "acme/a.json",
        "acme/A.JSON", "con/a", "acme/NUL", "acme/lpt9", "acme/a b", "acme/é", "acme/\u{212A}ernel", "acme/a\u{0}",
        "*", "acme/*", "acme/" + String(repeating: "a", count: 200),
    ])
    func `P21: names that no package can have are none`(name: String) {
        #expect(PackageKey.of(name) == nil)
    }
}
