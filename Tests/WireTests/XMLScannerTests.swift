import Testing
import Wire

@Suite struct XMLScannerTests {
    private func tokens(_ text: String) -> [String] {
        var scanner = XMLScanner(Array(text.utf8))
        var tokens: [String] = []
        while let token = scanner.next() {
            switch token {
            case .open(let name): tokens.append("<\(name)>")
            case .close(let name): tokens.append("</\(name)>")
            case .text(let text): tokens.append(text)
            }
        }
        return tokens
    }

    // The example of ListObjectsV2 in Amazon's reference, shortened.
    @Test func `an answer of S3 is tags and texts`() {
        let answer = """
            <?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <Name>quotes</Name><Prefix/><Contents><Key>my&#x20;&lt;image&gt;.jpg</Key>\
            <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag></Contents></ListBucketResult>
            """
        #expect(
            self.tokens(answer) == [
                "<ListBucketResult>", "<Name>", "quotes", "</Name>", "<Prefix>", "</Prefix>", "<Contents>", "<Key>",
                "my <image>.jpg", "</Key>", "<ETag>", "\"fba9dede5f27731c9771645a39863328\"", "</ETag>", "</Contents>",
                "</ListBucketResult>",
            ]
        )
    }

    @Test(arguments: [
        ("<!-- <a> --><b>", ["<b>"]), ("<!DOCTYPE x><a>", ["<a>"]),
        ("<s3:Key a='>' >1</s3:Key>", ["<Key>", "1", "</Key>"]),
        ("<a>&unknown; &</a>", ["<a>", "&unknown; &", "</a>"]), ("<a", []), ("<a><b", ["<a>"]), ("text", ["text"]),
        ("<a>1<!-- cut", ["<a>", "1"]), ("<>", []), ("<a b>", []), ("", []),
    ])
    func `what is not read is passed over, and what is no XML ends the scan`(_ text: String, _ expected: [String]) {
        #expect(self.tokens(text) == expected)
    }

    @Test func `an attribute is found by name, in either kind of quotes`() throws {
        let bytes = Array("<p one=\"1\" two = '2>' three=''/>".utf8)
        guard case .tag(let tag) = XMLTag.read(bytes.span, at: 0) else {
            Issue.record("no tag")
            return
        }
        #expect(tag.kind == .empty && tag.end == bytes.count)
        let texts = (["one", "two", "three", "four", "on", "1"] as [StaticString]).map { name in
            tag.value(of: name, in: bytes.span).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        #expect(texts == ["1", "2>", "", nil, nil, nil])
    }
}
