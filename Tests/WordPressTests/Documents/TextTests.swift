import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Upstream
@testable import WordPress

/// How upstream's HTML becomes the text of a document.
@Suite struct TextTests {
    private func entry(_ change: (inout Payload) -> Void) throws -> PublishedEntry {
        var payload = Payload.plugin(version: "1.0", stableTag: "1.0", tags: ["1.0"])
        change(&payload)
        return try #require(PublishedDocument(Derivation.documents(payload).main).entries.first)
    }

    private func description(_ html: String) throws -> String? {
        try self.entry { $0.shortDescription = html }.description
    }

    @Test(arguments: [
        ("Backup &amp; restore", "Backup & restore"), ("What&#039;s Hot", "What's Hot"), ("a &#x2014; b", "a — b"),
        ("What&#146;s", "What’s"), ("one\n\n two\t&nbsp; three ", "one two three"), ("<p>One</p><p>Two</p>", "One Two"),
        ("a<br/>b", "a b"), ("<b>W</b>ord<em>Press</em>", "WordPress"),
        ("<a href=\"https://x.y/?a>b\">link</a>!", "link!"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"), ("&lt;b&gt; is bold", "<b> is bold"), ("&amp;lt;", "&lt;"),
        ("AT&T", "AT&T"),
        ("&unknown; &amp &#0; &#xD800; &#x110000; &#; &#x;", "&unknown; &amp &#0; &#xD800; &#x110000; &#; &#x;"),
        ("I <3 WordPress", "I <3 WordPress"), ("a <!-- <b>hidden</b> --> b", "a b"), ("a<!-- open", "a<!-- open"),
        ("x<script>alert('<p>')</script>y", "x y"), ("x<STYLE>p{}</Style >y", "x y"), ("x<script>open", "x"),
        ("a</script>b", "a b"),
        ("cut off <a href=\"https", "cut off <a href=\"https"), ("<a title=\"it's\">a</a> 'b'", "a 'b'"),
        ("<a title=\"open>a</a>", "a"), ("\u{1}a\u{7F}b\u{85}c\u{2028}d\u{3000}e", "a b c d e"),
        ("soft&shy;hyphen zero\u{200B}width\u{FEFF}", "softhyphen zerowidth"), ("👩‍💻 ok", "👩‍💻 ok"),
        ("e\u{301}", "e\u{301}"),
        ("<", "<"), ("&", "&"), ("a<", "a<"), ("</p>x", "x"), ("<?php x ?>y", "y"),
        ("&Eacute;t&eacute;&hellip;", "Été…"),
    ])
    func `tags go, references are decoded, white space is one space`(_ html: String, _ text: String) throws {
        let description = try self.description(html)
        #expect(description.map { Array($0.utf8) } == Array(text.utf8), "\(description ?? "none")")
    }

    @Test(arguments: ["", "  ", "\u{200B}", "<p></p>", "&nbsp;\n", "<!-- x -->"])
    func `a description with nothing in it is left out`(_ html: String) throws {
        #expect(try self.description(html) == nil)
    }

    @Test func `every named reference means what PHP says`() async throws {
        let table: [String: String] = try await PHP.evaluate(
            """
            $output = [];
            foreach (get_html_translation_table(HTML_ENTITIES, ENT_QUOTES | ENT_HTML401, 'UTF-8') as $char => $entity) {
                $output[$entity] = $char;
            }
            """,
            input: 0
        )
        #expect(table.count > 250)
        for (entity, character) in table where entity != "&nbsp;" && entity != "&shy;" {
            let isSpace = ["&ensp;", "&emsp;", "&thinsp;"].contains(entity)
            #expect(try self.description("x\(entity)x") == (isSpace ? "x x" : "x\(character)x"), "\(entity)")
        }
    }

    @Test func `text made to be slow is not`() throws {
        /// Of this thread only, so that a busy machine makes no difference.
        func processorSeconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let started = processorSeconds()
        for part in ["<a", "<!--", "<a '\"", "&#", "<script>", "<a \">", "<"] {
            _ = try self.entry { payload in
                payload.shortDescription = String(repeating: part, count: 50_000)
                payload.author = payload.shortDescription
            }
        }
        #expect(processorSeconds() - started < 30, "quadratic time would take an hour")
    }

    @Test(arguments: [
        ("https://example.org", "https://example.org"),
        ("  http://example.org/a?b=c&amp;d#e ", "http://example.org/a?b=c&d#e"),
        ("https://example.org:8080/ü", "https://example.org:8080/ü"), ("HTTPS://EXAMPLE.ORG", "HTTPS://EXAMPLE.ORG"),
        ("https://münchen.example/", "https://münchen.example/"),
    ])
    func `a homepage is kept where it is an HTTP address`(_ homepage: String, _ expected: String) throws {
        #expect(try self.entry { $0.homepage = homepage }.homepage == expected)
    }

    @Test(arguments: [
        "", "/", "#", "http://", "https://", "http:///x", "example.org", "//example.org", "ftp://example.org",
        "javascript:alert(1)",
        "https://localhost", "https://example..org", "https://.org", "https://exa mple.org", "https://example.org/a b",
        "https://user:pass@example.org/", "https://example.org/\"><script>", "https://example.org/\u{7F}a",
        "mailto:a@b.c",
        "https://example.org.", "https://:80", "https://example.org/" + String(repeating: "a", count: 2048),
    ])
    func `a homepage that nobody can have meant is left out`(_ homepage: String) throws {
        #expect(try self.entry { $0.homepage = homepage }.homepage == nil)
    }

    @Test(arguments: [
        (#"<a href="https://a.example/">A &amp; B</a>"#, "A & B", "https://a.example/"),
        (#"<a class=x href='https://a.example/?x=1&#038;y=2'>A</a>"#, "A", "https://a.example/?x=1&y=2"),
        ("<a href=https://a.example/>A</a>", "A", "https://a.example/"), ("A, B", "A, B", "https://profile.example/"),
        (#"<a href="">A</a>"#, "A", "https://profile.example/"),
        (#"<a href="javascript:x">A</a>"#, "A", "https://profile.example/"),
        (#"By <A title="href=https://b.example" HREF = "https://a.example/">A</A>"#, "By A", "https://a.example/"),
        ("<abbr href=\"https://b.example\">A</abbr>", "A", "https://profile.example/"),
        ("A<a ", "A<a", "https://profile.example/"),
    ])
    func `an author is the text, with the address of the link or else the profile`(
        _ html: String,
        _ name: String,
        _ homepage: String
    ) throws {
        let authors = try self.entry {
            $0.author = html
            $0.authorURL = "https://profile.example/"
        }.authors
        #expect(authors == [.init(name: name, homepage: homepage)])
    }

    @Test func `an author without an address has a name only, and one without a name is none`() throws {
        #expect(try self.entry { $0.author = "A" }.authors == [.init(name: "A", homepage: nil)])
        let nameless = try self.entry {
            $0.author = "<a href=\"https://a.example/\"> </a>"
            $0.authorURL = "https://profile.example/"
        }
        #expect(nameless.authors == nil)
    }
}
