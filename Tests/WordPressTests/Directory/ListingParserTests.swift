import NIOCore
import Testing

@testable import Upstream
@testable import WordPress

@Suite struct ListingParserTests {
    static let page = """
        <html><head><title> - Revision 3483213: /</title></head>
        <body>
         <h2> - Revision 3483213: /</h2>
         <ul>
          <li><a href="../">..</a></li>
          <li><a href="akismet/">akismet/</a></li>
          <li><a href="a&amp;b/">a&amp;b/</a></li>
          <li><a href="with%20space/">with space/</a></li>
          <li><a href="%c3%bcn%C3%AFcode/">ünïcode/</a></li>
          <li><a href="100%25/">100%/</a></li>
          <li><a href="readme.txt">readme.txt</a></li>
          <li><a href="zero/">zero/</a></li>
         </ul>
         <hr noshade><em>Powered by <a href="http://subversion.apache.org/">Apache Subversion</a></em>
         <ul>
          <li><a href="footer/">footer/</a></li>
         </ul>
        </body></html>

        """
    static let names = ["akismet", "a&b", "with space", "ünïcode", "100%", "zero"]

    struct Outcome: Equatable {
        var revision: Int64
        var names: [String]
    }

    func parse(_ page: some StringProtocol, chunkSize: Int = 4_096) throws -> Outcome {
        var parser = ListingParser(label: RequestLabel(method: "GET", url: "https://svn.example/"))
        var names: [String] = []
        let bytes = Array(page.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunkSize) {
            let chunk = ByteBuffer(bytes: bytes[start..<min(start + chunkSize, bytes.count)])
            try parser.read(chunk) { names.append($0.name) }
        }
        let revision = try parser.finish { names.append($0.name) }
        #expect(parser.entries == names.count)
        return Outcome(revision: revision, names: names)
    }

    func code(_ page: some StringProtocol) -> UpstreamError.Code? {
        do {
            _ = try self.parse(page)
            return nil
        } catch {
            return (error as? UpstreamError)?.code
        }
    }

    @Test func `the directories are the same wherever the chunks end`() throws {
        let expected = Outcome(revision: 3_483_213, names: Self.names)
        for size in 1...120 { #expect(try self.parse(Self.page, chunkSize: size) == expected) }
        #expect(try self.parse(Self.page.replacing("\n", with: "\r\n")) == expected)
    }

    @Test func `a page cut anywhere throws instead of looking short`() {
        let bytes = Array(Self.page.utf8)
        let end = bytes.count - 1
        for length in 0..<end {
            let code = self.code(String(decoding: bytes[..<length], as: UTF8.self))
            #expect(code == .truncated || code == .malformed, "cut after \(length) bytes")
        }
        #expect(self.code(String(decoding: bytes[..<end], as: UTF8.self)) == nil)
    }

    @Test(arguments: [
        "<html><head><title>503</title></head>\n<body>\n<ul>\n<li><a href=\"a/\">a/</a></li>\n</ul></body></html>\n",
        "<html><head><title> - Revision 5: /</title></head>\n<body>no list</body></html>\n",
        "<html><head><title> - Revision 5: /</title></head>\n<ul>\n<li><a href=\"a/\">a/</a></li>\n</body></html>\n",
        "{\"error\": \"no\"}\n\n",
    ])
    func `an error page with status 200 is no listing`(page: String) {
        #expect(self.code(page) == .malformed)
    }

    @Test(arguments: [
        #"<li><a href="a/">a/</a></li><li><a href="b/">b/</a></li>"#, #"<li class="x"><a href="a/">a/</a></li>"#,
        #"<li><a href="&foo;/">a/</a></li>"#,
    ])
    func `an entry that can't be read is not passed over`(line: String) {
        #expect(self.code(Self.page.replacing(#"<li><a href="akismet/">akismet/</a></li>"#, with: line)) == .malformed)
    }

    @Test func `an empty list is a listing`() throws {
        let page = "<html><head><title> - Revision 0: /</title></head>\n<body>\n <ul>\n </ul>\n</body></html>\n"
        #expect(try self.parse(page) == Outcome(revision: 0, names: []))
    }

    @Test func `a line without end is refused before it fills memory`() {
        #expect(self.code(String(repeating: "x", count: 50_000)) == .lineTooLong)
    }
}
