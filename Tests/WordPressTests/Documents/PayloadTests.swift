import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Wire
@testable import WordPress

@Suite struct PayloadTests {
    @Test func `every payload is read back as it was written`() throws { try Self.expectRoundTrips(of: .made) }

    static func expectRoundTrips(of corpus: Corpus) throws {
        for payload in try corpus.pluginAnswers() + corpus.themeAnswers() + corpus.plugins().prefix(2_000) {
            let bytes = payload.canonicalJSON()
            let again = try Payload(canonicalJSON: bytes)
            #expect(again == payload, "\(payload.slug)")
            #expect(again.canonicalJSON() == bytes, "\(payload.slug)")
        }
    }

    @Test func `the form is fixed, and what is nil is not in it`() {
        var payload = Payload.plugin("a", version: "1.0", stableTag: nil, tags: ["1.0"])
        #expect(
            String(decoding: payload.canonicalJSON(), as: UTF8.self) == """
                {"type":"wordpress-plugin","slug":"a","title":"","shortDescription":"","version":"1.0","author":"",\
                "versions":[["1.0","https://downloads.wordpress.org/plugin/a.1.0.zip"]]}
                """
        )
        payload.lastUpdatedSeconds = 5
        payload.stableTag = "1.0"
        payload.requiresPHP = "7.4"
        payload.authorURL = "b"
        payload.homepage = "c"
        payload.downloadLink = "d"
        #expect(
            String(decoding: payload.canonicalJSON(), as: UTF8.self) == """
                {"type":"wordpress-plugin","slug":"a","title":"","shortDescription":"","version":"1.0","stableTag":"1.0",\
                "requiresPHP":"7.4","author":"","authorURL":"b","homepage":"c","downloadLink":"d","lastUpdatedSeconds":5,\
                "versions":[["1.0","https://downloads.wordpress.org/plugin/a.1.0.zip"]]}
                """
        )
    }

    @Test func `tags that are the same text in two spellings are two tags`() throws {
        let tags = ["caf\u{E9}", "cafe\u{301}", "\u{0}", "\"\\\u{2028}"]
        let payload = Payload.plugin(version: "1.0", stableTag: nil, tags: tags + tags)
        let again = try Payload(canonicalJSON: payload.canonicalJSON())
        #expect(again.versions.map { Array($0.tag.utf8) } == payload.versions.map { Array($0.tag.utf8) })
        #expect(again.versions.count == 4)
        var (composed, decomposed) = (payload, payload)
        composed.title = "caf\u{E9}"
        decomposed.title = "cafe\u{301}"
        #expect(composed != decomposed, "they make other documents")
    }

    @Test func `versions are ordered by bytes and one per tag`() {
        let links = [("b", "2"), ("a", "1"), ("B", "3"), ("a", "0"), ("é", "4")].map { VersionLink(tag: $0, url: $1) }
        let payload = Payload(type: .theme, slug: "a", version: "1", versions: links)
        #expect(payload.versions.map(\.tag) == ["B", "a", "b", "é"])
        #expect(payload.versions[1].url == "0")
    }

    @Test(arguments: [
        ("", "JSON"), ("{}", "type"), ("[]", "array"), (#"{"type":"wordpress-plugin","slug":5}"#, "slug"),
        (
            #"{"type":"x","slug":"a","title":"","shortDescription":"","version":"1","author":"","versions":[]}"#,
            "'type' is 'x'"
        ),
        (
            #"{"type":"wordpress-theme","slug":"a","title":"","shortDescription":"","version":"1","author":"","versions":[["1"]]}"#,
            "versions"
        ),
    ])
    func `bytes that are no payload are an error that names what is wrong`(_ text: String, _ word: String) {
        let error = #expect(throws: PayloadError.self) { try Payload(canonicalJSON: Array(text.utf8)) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test func `strings are escaped as PHP does for Packagist`() async throws {
        var strings = (0..<0x80).compactMap { Unicode.Scalar($0).map { "a\(Character($0))b" } }
        strings += [
            "", "/", "é", "e\u{301}", "👩‍💻", "\u{2028}\u{2029}\u{202A}\u{2027}", "\u{FFFF}", "\u{10FFFF}", "\u{FEFF}",
            "â\u{80}",
        ]
        // Text is looked through in words of eight bytes: each has to be found at every place of one.
        strings += strings.flatMap { text in
            (0..<9).map { place in
                "\(String(repeating: "x", count: place))\(text)\u{2027}\(String(repeating: "z", count: 8 - place))"
            }
        }
        strings += RandomVersions.all.prefix(2_000)
        let expected: [String] = try await PHP.evaluate(
            "$output = array_map(fn ($s) => bin2hex(json_encode($s, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)), $input);",
            input: strings
        )
        for (string, expected) in zip(strings, expected) {
            var json = JSONWriter()
            json.append(string)
            #expect(
                json.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected,
                "\(string.debugDescription)"
            )
        }
    }
}
