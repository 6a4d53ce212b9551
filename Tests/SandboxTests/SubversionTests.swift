import Sandbox
import Testing

@Suite struct SubversionTests {
    static let youngestQuery = "<D:options xmlns:D=\"DAV:\"><D:activity-collection-set/></D:options>"

    static func logQuery(_ inside: String) -> String {
        "<S:log-report xmlns:S=\"svn:\">\(inside)</S:log-report>"
    }

    /// A world of three revisions: a birth, a release, a change of pictures.
    static func smallWorld() throws -> SandboxWorld {
        let world = SandboxWorld()
        try world.add(.plugins, SandboxPackage(slug: "akismet", version: "5.3"), tags: ["5.3"])
        try world.commit(.plugins, slug: "akismet", .assets)
        return world
    }

    @Test func `the listing shows directories in byte order, escaped, with the revision in its title`() async throws {
        let world = SandboxWorld()
        for slug in ["mail-code", "mail", "a&b", "100%", "ünïcode", "UPPER"] {
            try world.add(.plugins, SandboxPackage(slug: slug))
        }
        world.addTopLevelFile(.plugins, name: "robots.txt")
        try await withSandbox(world) { client, _ in
            let page = try await client.get("/svn/plugins/")
            #expect(page.header("ETag") == "W/\"7//\"")
            #expect(page.text.hasPrefix("<html><head><title> - Revision 7: /</title></head>\n<body>\n"))
            let entries = page.text.split(separator: "\n").filter { $0.hasPrefix("  <li>") }
            #expect(
                entries == [
                    "  <li><a href=\"100%25/\">100%/</a></li>",
                    "  <li><a href=\"UPPER/\">UPPER/</a></li>",
                    "  <li><a href=\"a&amp;b/\">a&amp;b/</a></li>",
                    "  <li><a href=\"mail/\">mail/</a></li>",
                    "  <li><a href=\"mail-code/\">mail-code/</a></li>",
                    "  <li><a href=\"robots.txt\">robots.txt</a></li>",
                    "  <li><a href=\"%c3%bcn%c3%afcode/\">ünïcode/</a></li>",
                ]
            )
            #expect(page.text.hasSuffix(" </ul>\n</body></html>"))
        }
    }

    @Test func `a listing that is known already is answered with 304 and nothing else`() async throws {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let again = try await client.get("/svn/plugins/", headers: ["If-None-Match": "W/\"3//\""])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            let other = try await client.get("/svn/plugins/", headers: ["If-None-Match": "W/\"2//\""])
            #expect(other.status == 200)
            let head = try await client.send("HEAD", "/svn/plugins/")
            #expect(head.header("ETag") == "W/\"3//\"")
            #expect(head.body.isEmpty)
        }
    }

    @Test func `the youngest revision is told only to those who ask for the activity collection`() async throws {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let asked = try await client.send("OPTIONS", "/svn/plugins/", body: Self.youngestQuery)
            #expect(asked.header("SVN-Youngest-Rev") == "3")
            #expect(asked.header("SVN-Repository-Root") == "/svn/plugins")
            let bare = try await client.send("OPTIONS", "/svn/plugins/")
            #expect(bare.status == 200)
            #expect(bare.header("SVN-Youngest-Rev") == nil)
            let properties = try await client.send(
                "PROPFIND",
                "/svn/plugins/",
                headers: ["Depth": "0"],
                body: "<propfind xmlns=\"DAV:\"><prop><version-name/></prop></propfind>"
            )
            #expect(properties.status == 207)
            #expect(properties.text.contains("<lp1:version-name>3</lp1:version-name>"))
        }
    }

    @Test(arguments: ["/svn/plugins/", "/svn/plugins/!svn/bc/0/", "/svn/plugins/!svn/bc/3/akismet"])
    func `the log has paths first, then number and date, wherever it is asked for`(path: String) async throws {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let query =
                "<S:start-revision>2</S:start-revision><S:end-revision>3</S:end-revision><S:discover-changed-paths/>"
            let log = try await client.send(
                "REPORT",
                path,
                body: Self.logQuery(query + "<S:revprop>svn:date</S:revprop>")
            )
            let expected = """
                <?xml version="1.0" encoding="utf-8"?>
                <S:log-report xmlns:S="svn:" xmlns:D="DAV:">
                <S:log-item>
                <S:added-path copyfrom-path="/akismet/trunk" copyfrom-rev="1" node-kind="dir" text-mods="false" prop-mods="false">/akismet/tags/5.3</S:added-path>
                <S:modified-path node-kind="file" text-mods="true" prop-mods="false">/akismet/tags/5.3/readme.txt</S:modified-path>
                <S:modified-path node-kind="file" text-mods="true" prop-mods="false">/akismet/trunk/akismet.php</S:modified-path>
                <S:modified-path node-kind="file" text-mods="true" prop-mods="false">/akismet/trunk/readme.txt</S:modified-path>
                <D:version-name>2</D:version-name>
                <S:date>2024-01-01T00:15:50.190120Z</S:date>
                </S:log-item>
                <S:log-item>
                <S:modified-path node-kind="file" text-mods="true" prop-mods="false">/akismet/assets/banner-772x250.png</S:modified-path>
                <D:version-name>3</D:version-name>
                <S:date>2024-01-01T00:20:49.953001Z</S:date>
                </S:log-item>
                </S:log-report>

                """
            #expect(log.text == expected)
        }
    }

    @Test func `bounds decide the order of the log, and its limit counts from the start`() async throws {
        let world = SandboxWorld()
        for number in 1...9 { try world.add(.themes, SandboxPackage(slug: "theme-\(number)")) }
        try await withSandbox(world) { client, _ in
            func revisions(_ query: String) async throws -> [Int] {
                let log = try await client.send("REPORT", "/svn/themes/", body: Self.logQuery(query))
                return log.text.split(separator: "\n").filter { $0.hasPrefix("<D:version-name>") }
                    .compactMap { Int($0.dropFirst(16).prefix { $0.isNumber }) }
            }
            func bounds(_ start: Int?, _ end: Int?, limit: Int = 0) -> String {
                (start.map { "<S:start-revision>\($0)</S:start-revision>" } ?? "")
                    + (end.map { "<S:end-revision>\($0)</S:end-revision>" } ?? "") + "<S:limit>\(limit)</S:limit>"
            }
            let cases: [(query: String, revisions: [Int])] = [
                (bounds(7, 9), [7, 8, 9]),
                (bounds(9, 7), [9, 8, 7]),
                (bounds(3, 9, limit: 2), [3, 4]),
                (bounds(9, 0, limit: 3), [9, 8, 7]),
                (bounds(8, nil), [8, 9]),
                (bounds(nil, 8), [9, 8]),
            ]
            for (query, expected) in cases {
                let found = try await revisions(query)
                #expect(found == expected)
            }
        }
    }

    @Test(arguments: [
        ("/svn/plugins/", "<S:start-revision>4</S:start-revision>"),
        ("/svn/plugins/", "<S:start-revision>1</S:start-revision><S:end-revision>4</S:end-revision>"),
        ("/svn/plugins/!svn/bc/4/", "<S:start-revision>1</S:start-revision>"),
    ])
    func `a revision beyond the youngest is refused with Subversion's own error`(path: String, query: String)
        async throws
    {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let refused = try await client.send("REPORT", path, body: Self.logQuery(query))
            #expect(refused.status == 404)
            #expect(refused.text.contains("<m:human-readable errcode=\"160006\">\nNo such revision 4\n"))
        }
    }

    @Test func `an empty revision has no paths, and bytes that XML forbids come through raw`() async throws {
        let world = try Self.smallWorld()
        try world.commit(.plugins, slug: "", .empty)
        let odd = ChangedPath(.added, .file, bytes: Array("/akismet/trunk/".utf8) + [0x07, 0xe9, 0x26])
        try world.commit(.plugins, slug: "akismet", .paths([odd]))
        try await withSandbox(world) { client, _ in
            let query = "<S:start-revision>4</S:start-revision><S:discover-changed-paths/><S:revprop>none</S:revprop>"
            let log = try await client.send("REPORT", "/svn/plugins/", body: Self.logQuery(query))
            let items = Array(
                """
                <S:log-item>
                <D:version-name>4</D:version-name>
                </S:log-item>
                <S:log-item>
                <S:added-path node-kind="file" text-mods="true" prop-mods="false">/akismet/trunk/
                """.utf8
            )
            #expect(log.body.firstRange(of: items + [0x07, 0xe9] + Array("&amp;</S:added-path>\n".utf8)) != nil)
        }
    }

    @Test func `messages show forbidden bytes as octal, or in base64 for those who ask`() async throws {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let query = "<S:start-revision>3</S:start-revision><S:revprop>svn:log</S:revprop>"
            let plain = try await client.send("REPORT", "/svn/plugins/", body: Self.logQuery(query))
            #expect(plain.text.contains("<D:comment>Update assets ?\\007</D:comment>"))
            let encoded = try await client.send(
                "REPORT",
                "/svn/plugins/",
                body: Self.logQuery(query + "<S:encode-binary-props/>")
            )
            #expect(encoded.text.contains("<D:comment encoding=\"base64\">VXBkYXRlIGFzc2V0cyAH\n</D:comment>"))
        }
    }

    @Test func `what is no log report is refused as Apache refuses it`() async throws {
        try await withSandbox(try Self.smallWorld()) { client, _ in
            let bad = try await client.send("REPORT", "/svn/plugins/", body: "<bad")
            #expect(bad.status == 400)
            let other = try await client.send("REPORT", "/svn/plugins/", body: "<S:foo xmlns:S=\"svn:\"/>")
            #expect(other.status == 501)
            let nothing = try await client.get("/svn/plugins/nothing-here/")
            #expect(nothing.status == 404)
        }
    }
}
