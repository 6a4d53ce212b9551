import Testing

@testable import Site

@Suite struct HTMLTests {
    @Test func `every value is escaped and every literal is not`() {
        let value = "<a href=\"x\" title='y'>&</a>"
        let markup: HTML = "<p title=\"\(value)\">\(value)</p>"
        let escaped = "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;"
        #expect(markup.text == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func `markup within markup stays as it is, and lists of it are joined`() {
        let items: [HTML] = ["a<", "b"].map { "<li>\($0)</li>" }
        let none: HTML? = nil
        #expect(("<ul>\(items)\(none)</ul>" as HTML).text == "<ul><li>a&lt;</li><li>b</li></ul>")
        #expect(items.joined(", ").text == "<li>a&lt;</li>, <li>b</li>")
    }

    @Test func `characters that neither HTML nor XML may hold are replaced`() {
        #expect(
            HTML(escaping: "a\u{0}b\u{1B}c\u{FFFE}d\u{85}e\tf\n").text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\tf\n"
        )
    }

    @Test(arguments: [
        ("a b&c=d/e?f#g%h+i", "a%20b%26c%3Dd%2Fe%3Ff%23g%25h%2Bi"), ("é\"<", "%C3%A9%22%3C"),
        ("a-b_c.d~e", "a-b_c.d~e"),
    ])
    func `a component of an address comes back as it was`(_ text: String, _ encoded: String) {
        #expect(SitePath.component(text) == encoded)
        #expect(SitePath.decoded(encoded) == text)
    }

    @Test func `a percent sign that encodes nothing stands for itself`() {
        #expect(SitePath.decoded("100%") == "100%")
        #expect(SitePath.decoded("%zz%4") == "%zz%4")
        #expect(SitePath.decoded("%+1%-1") == "%+1%-1")
    }

    @Test func `a form's parameters are decoded, trimmed and cut`() {
        let query = QueryParameters("q=+a%2Bb+c+&empty=&flag&page=3&q2=" + String(repeating: "x", count: 5_000))
        #expect(query["q"] == "a+b c")
        #expect(query["empty"] == nil)
        #expect(query["flag"] == nil)
        #expect(query["missing"] == nil)
        #expect(query["q2"]?.count == 200)
        #expect(query.page() == 3)
    }

    @Test(arguments: ["page=0", "page=-5", "page=x", "page=", "", "page=99999999999999999999"])
    func `a page that is none is the first`(_ query: String) {
        #expect(QueryParameters(query).page() == 1)
    }

    @Test(
        arguments: [
            (0, "just now"), (61_000, "1 minute ago"), (-3_600_000, "in 1 hour"), (172_800_000, "2 days ago"),
            (86_400_000 * 400, "13 months ago"), (86_400_000 * 800, "2 years ago"),
        ] as [(Int64, String)]
    )
    func `ages are told in their largest unit`(_ age: Int64, _ text: String) {
        #expect(Format.relative(1_700_000_000_000 - age, to: 1_700_000_000_000) == text)
    }

    @Test func `numbers, sizes and durations are told as people read them`() {
        #expect([0, 999, 1_000, -1_234_567].map { Format.number($0) } == ["0", "999", "1,000", "-1,234,567"])
        #expect([5, 5_000, 175_000_000, 20_000_000_000].map(Format.bytes) == ["5 bytes", "5 kB", "175 MB", "20 GB"])
        #expect(
            [120, 4_200, 200_000, 7_500_000].map { Format.duration(milliseconds: $0) }
                == ["120 ms", "4.2 s", "3 min 20 s", "2 h 5 min"]
        )
        #expect(Format.utc(1_700_000_000_123) == "2023-11-14 22:13:20 UTC")
    }
}
