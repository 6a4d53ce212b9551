import NIOCore
import Testing

@testable import Upstream
@testable import WordPress

@Suite struct LogReportParserTests {
    static let head = #"<?xml version="1.0" encoding="utf-8"?>\#n<S:log-report xmlns:S="svn:" xmlns:D="DAV:">\#n"#
    static let tail = "</S:log-report>\n"

    /// As `mod_dav_svn` writes it, with properties in every order.
    static let report =
        head + """
            <S:log-item>
            <S:modified-path node-kind="file" text-mods="true" prop-mods="false">/akismet/trunk/readme.txt</S:modified-path>
            <S:added-path text-mods="false" copyfrom-path="/akismet/trunk" copyfrom-rev="41" node-kind="dir">/akismet/tags/5.3 &amp; &lt;more&gt;</S:added-path>
            <D:version-name>42</D:version-name>
            <S:date>2024-03-21T06:56:12.123456Z</S:date>
            <D:comment>a &quot;comment&quot; with </D:comment>
            </S:log-item>
            <S:log-item>
            <D:creator-displayname>somebody</D:creator-displayname>
            <S:date>2024-03-21T06:57:00.000000Z</S:date>
            <D:version-name>43</D:version-name>
            <S:has-children/>
            </S:log-item>
            <S:log-item>
            <S:deleted-path node-kind="">/gone</S:deleted-path>
            <S:replaced-path
               node-kind='dir'>/a&#x2F;b&#233;</S:replaced-path>
            <D:version-name>45</D:version-name>
            </S:log-item>

            """ + tail

    static let items = [
        LogItem(
            revision: 42,
            dateMilliseconds: 1_711_004_172_123,
            paths: [
                LogPath(path: "/akismet/trunk/readme.txt", action: .modified, isDirectory: false),
                LogPath(
                    path: "/akismet/tags/5.3 & <more>",
                    action: .added,
                    isDirectory: true,
                    copyFrom: LogPath.CopySource(path: "/akismet/trunk", revision: 41)
                ),
            ]
        ),
        LogItem(revision: 43, dateMilliseconds: 1_711_004_220_000),
        LogItem(
            revision: 45,
            paths: [
                LogPath(path: "/gone", action: .deleted),
                LogPath(path: "/a/bé", action: .replaced, isDirectory: true),
            ]
        ),
    ]

    func parse(
        _ bytes: [UInt8],
        chunkSize: Int = 4_096,
        limits: LogReportLimits = LogReportLimits()
    ) throws -> [LogItem] {
        var parser = LogReportParser(label: RequestLabel(method: "REPORT", url: "https://svn.example/"), limits: limits)
        var items: [LogItem] = []
        for start in stride(from: 0, to: bytes.count, by: chunkSize) {
            let chunk = ByteBuffer(bytes: bytes[start..<min(start + chunkSize, bytes.count)])
            try parser.read(chunk) { items.append($0) }
        }
        try parser.finish()
        return items
    }

    func parse(_ text: String, chunkSize: Int = 4_096, limits: LogReportLimits = LogReportLimits()) throws -> [LogItem]
    {
        try self.parse(Array(text.utf8), chunkSize: chunkSize, limits: limits)
    }

    func error(_ text: String, limits: LogReportLimits = LogReportLimits()) -> UpstreamError? {
        do {
            _ = try self.parse(text, limits: limits)
            return nil
        } catch {
            return error as? UpstreamError
        }
    }

    @Test func `items are the same wherever the chunks end`() throws {
        for size in 1...200 { #expect(try self.parse(Self.report, chunkSize: size) == Self.items, "\(size)") }
        #expect(try self.parse(Self.report, chunkSize: .max) == Self.items)
    }

    @Test func `a report cut anywhere is told from a complete one`() throws {
        let bytes = Array(Self.report.utf8)
        let closing = bytes.count - 1
        for length in 0..<closing {
            let error = #expect(throws: UpstreamError.self) { try self.parse(Array(bytes[..<length]), chunkSize: 64) }
            #expect(error?.code == .truncated, "cut after \(length) bytes: \(String(describing: error))")
            #expect(error?.isRetryable == true)
        }
        #expect(try self.parse(Array(bytes[..<closing])) == Self.items)
    }

    @Test func `bytes that XML forbids and text that is no UTF-8 come through`() throws {
        var bytes = Array((Self.head + "<S:log-item><S:added-path node-kind=\"file\">/a/trunk/").utf8)
        bytes += [0x07, 0x1b, 0x00, 0xe9, UInt8(ascii: "x")]
        bytes += Array("</S:added-path><D:comment>?\\007 ".utf8) + [0x08, 0xff]
        bytes += Array("</D:comment><D:version-name>7</D:version-name></S:log-item>\(Self.tail)".utf8)
        let items = try self.parse(bytes, chunkSize: 5)
        #expect(items.map(\.revision) == [7])
        #expect(items.first?.paths.map(\.path) == ["/a/trunk/\u{07}\u{1b}\u{00}\u{fffd}x"])
    }

    @Test func `text in sections is taken as it is, and comments and instructions are passed over`() throws {
        let text =
            Self.head + "<?note <a>?><!-- <S:log-item> --><S:log-item><S:added-path><![CDATA[/a/<&>]]></S:added-path>"
            + "<D:version-name>7</D:version-name></S:log-item>" + Self.tail + "<!-- end -->"
        for size in [1, 7, 4_096] {
            #expect(try self.parse(text, chunkSize: size).first?.paths.map(\.path) == ["/a/<&>"])
        }
    }

    @Test(arguments: [
        "<html><head><title>503 Service Unavailable</title></head></html>", "Service unavailable", "{}",
        "<D:error xmlns:D=\"DAV:\"><m:human-readable errcode=\"160013\">no</m:human-readable></D:error>",
    ])
    func `a page that is no report is refused, although its status is 200`(page: String) {
        let error = self.error(page)
        #expect(error?.code == .malformed)
        #expect(error?.detail.contains("no log report") == true)
    }

    @Test func `document types are refused`() {
        let bomb = """
            <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]>
            """
        #expect(self.error(bomb + Self.report)?.detail.contains("document type") == true)
    }

    /// One item of revision 7 with a path of its own.
    static func item(_ paths: String, revision: String = "7") -> String {
        "<S:log-item>\(paths)<D:version-name>\(revision)</D:version-name></S:log-item>"
    }

    static let good = "<S:added-path>/good/trunk</S:added-path>"

    @Test(
        arguments: [
            // An entity of its own, in a path and in a copy's source: never expanded.
            ("<S:added-path>/a/tags/&lol;</S:added-path>", nil, 1),
            ("<S:added-path>/a/tags/1 & 2</S:added-path>", nil, 1),
            (#"<S:added-path copyfrom-path="/&lol;" copyfrom-rev="1">/a/tags/1</S:added-path>"#, nil, 1),
            // Tags that don't fit each other, or are none.
            ("<S:added-path>/a/tags/1</S:deleted-path>", .damaged, 0),
            ("<S:added-path node-kind=dir>/b</S:added-path><S:added-path>/a/tags/1</S:added-path>", .damaged, 0),
            ("<S:added-path>/a/tags/1</S:added-path>< >", .damaged, 0),
            ("<S:added-path>/a/tags/1</S:added-path></x>", .damaged, 0),
            ("<S:added-path>/a/tags/1</S:added-path><D:comment>", .damaged, 0),
            ("<S:added-path>/a/tags/1</S:added-path><!DOCTYPE a>", .damaged, 0),
            // No revision.
            ("<S:added-path>/a/tags/1</S:added-path></S:log-item><S:log-item>", .damaged, 0),
            ("<S:added-path>/a/tags/1</S:added-path><D:version-name>one</D:version-name></S:log-item>", .damaged, 0),
        ] as [(String, LogItem.Defect?, Int)]
    )
    func `P21: what can't be read costs its own item and no other`(
        broken: String,
        defect: LogItem.Defect?,
        dropped: Int
    ) throws {
        let text = Self.head + Self.item(broken) + Self.item(Self.good, revision: "8") + Self.tail
        for size in [1, 3, 64, 4_096] {
            let items = try self.parse(text, chunkSize: size)
            let item = try #require(items.first)
            #expect(item.paths == [LogPath(path: "/a", action: .modified, isDirectory: true)])
            #expect(item.defect == defect)
            #expect(item.droppedPaths == dropped)
            #expect(items.last == LogItem(revision: 8, paths: [LogPath(path: "/good/trunk", action: .added)]))
        }
    }

    @Test func `P21: an item whose beginning or end can't be read ends where the next one begins`() throws {
        let unopened = "<S:log-item x=1>" + Self.item(Self.good).dropFirst("<S:log-item>".count)
        let unclosed = Self.item(Self.good).dropLast("</S:log-item>".count)
        for broken in [String(unopened), String(unclosed)] {
            let items = try self.parse(Self.head + broken + Self.item(Self.good, revision: "8") + Self.tail)
            #expect(items.map(\.revision) == [7, 8], "\(broken)")
            #expect(items.map(\.defect) == [.damaged, nil], "\(broken)")
        }
        #expect(try self.parse(Self.head + unclosed + Self.tail).map(\.defect) == [.damaged])
    }

    @Test func `what follows the report is refused`() {
        #expect(self.error(Self.report + "and more")?.detail.contains("follows") == true)
        #expect(self.error(Self.report + Self.report)?.code == .malformed)
    }

    @Test func `of the paths in one folder of the third level one is kept`() throws {
        let files = ["a.php", "b.php", "c/d.php"].map { "<S:modified-path>/a/tags/1/\($0)</S:modified-path>" }
        let others = ["/a/tags/1", "/a/tags/2/x", "/a/trunk/x", "/a/trunk/y", "/"].map {
            "<S:added-path>\($0)</S:added-path>"
        }
        let mixed = files[0] + others[0] + others[1] + files[1] + others[2] + files[2] + others[3] + others[4]
        #expect(
            try self.parse(Self.head + Self.item(mixed) + Self.tail).first?.paths.map(\.path)
                == ["/a/tags/1/a.php", "/a/tags/1", "/a/tags/2/x", "/a/trunk/x", "/a/trunk/y", "/"]
        )
    }

    @Test func `P21: an item over the limits says which directories it touched, and no more`() throws {
        let paths = (0..<50).map { "<S:added-path>/s\($0 % 5)/tags/\($0)</S:added-path>" }.joined()
        let file = #"<S:added-path node-kind="file">/readme</S:added-path>"#
        let text = Self.head + Self.item(paths + file) + Self.item(Self.good, revision: "8") + Self.tail
        let limits = [
            LogReportLimits(pathsPerItem: 20), LogReportLimits(pathBytesPerItem: 200), LogReportLimits(slugsPerItem: 3),
        ]
        for limits in limits {
            let items = try self.parse(text, limits: limits)
            #expect(items.map(\.defect) == [.oversized, nil])
            #expect(Set(items[0].paths.map(\.path)) == ["/s0", "/s1", "/s2", "/s3", "/s4"])
            #expect(items[0].paths.allSatisfy { $0.action == .modified && $0.isDirectory == true })
        }
        let few = try self.parse(text, limits: LogReportLimits(slugsPerItem: 1, slugsWithoutFacts: 2))
        #expect(few[0].paths.count == 2)
        #expect(few[0].droppedPaths == 30)
    }

    @Test func `P21: a path too long to be held costs its facts where it is cut before the third level ends`() throws {
        let long = String(repeating: "x", count: 5_000)
        let paths = ["/a/tags/\(long)", "/b/tags/1/\(long)", "/\(long)/trunk"].map {
            "<S:added-path>\($0)</S:added-path>"
        }
        for size in [7, 4_096, 100_000] {
            let item = try #require(
                try self.parse(Self.head + Self.item(paths.joined()) + Self.tail, chunkSize: size).first
            )
            #expect(item.paths.map { $0.path.prefix(10) } == ["/a", "/b/tags/1/", "/xxxxxxxxx"].map { $0.prefix(10) })
            #expect(item.droppedPaths == 2)
            #expect(item.defect == nil)
        }
    }

    @Test func `P21: nesting and tokens without end are passed over`() throws {
        let nested = String(repeating: "<a>", count: 50)
        let tag = #"<S:added-path copyfrom-path=""# + String(repeating: "x", count: 200_000) + "\">/b</S:added-path>"
        let comment = "<!-- " + String(repeating: "x", count: 200_000)
        for broken in [nested, tag, comment] {
            let text = Self.head + Self.item(Self.good + broken) + Self.item(Self.good, revision: "8") + Self.tail
            let items = try self.parse(text)
            #expect(items.map(\.defect) == [.damaged, nil])
            #expect(items.map { $0.paths.count } == [1, 1])
        }
    }

    @Test func `an item's comment may be longer than what is held`() throws {
        let comment = "<D:comment>" + String(repeating: "long ", count: 200_000) + "</D:comment>"
        let text = Self.head + "<S:log-item>" + comment + "<D:version-name>9</D:version-name></S:log-item>" + Self.tail
        #expect(try self.parse(text).map(\.revision) == [9])
    }

    @Test(arguments: [
        ("2024-03-21T06:56:12.123456Z", 1_711_004_172_123), ("1970-01-01T00:00:00.000000Z", 0),
        ("2024-02-29T23:59:59.999999Z", 1_709_251_199_999), ("2024-03-21T06:56:12Z", 1_711_004_172_000),
        ("2024-03-21T06:56:12.5Z", 1_711_004_172_500), ("1969-12-31T23:59:59.000000Z", -1_000),
    ])
    func `dates are read to the millisecond`(text: String, milliseconds: Int64) {
        #expect(SubversionDate.milliseconds(Array(text.utf8)) == milliseconds)
    }

    @Test(arguments: [
        "", "2024-03-21", "2023-02-29T00:00:00.000000Z", "2024-13-01T00:00:00.0Z", "yesterday at six o'c",
    ])
    func `what is no date is none`(text: String) {
        #expect(SubversionDate.milliseconds(Array(text.utf8)) == nil)
    }
}
