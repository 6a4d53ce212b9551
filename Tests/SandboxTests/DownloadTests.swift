import Testing

@testable import Sandbox

@Suite struct DownloadTests {
    static func world() throws -> SandboxWorld {
        let world = SandboxWorld()
        try world.add(.plugins, SandboxPackage(slug: "akismet", title: "Akismet"), tags: ["5.3"])
        try world.add(.themes, SandboxPackage(slug: "astra", title: "Astra"), tags: ["4.8"])
        return world
    }

    /// The entries of a zip file, read from its central directory; each is checked against its checksum.
    static func entries(_ archive: [UInt8]) throws -> [String: String] {
        func number(_ offset: Int, _ size: Int) -> Int {
            archive[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let end = archive.count - 22
        try #require(number(end, 4) == 0x0605_4b50)
        var offset = number(end + 16, 4)
        var entries: [String: String] = [:]
        for _ in 0..<number(end + 10, 2) {
            try #require(number(offset, 4) == 0x0201_4b50)
            let nameLength = number(offset + 28, 2)
            let name = String(decoding: archive[(offset + 46)..<(offset + 46 + nameLength)], as: UTF8.self)
            let local = number(offset + 42, 4)
            try #require(number(local, 4) == 0x0403_4b50)
            let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
            let stored = Array(archive[start..<(start + number(offset + 20, 4))])
            if number(offset + 10, 2) == 8 {
                // A gzip file has the same stream, checksum and length: reading it checks all three.
                let trailer = Array(archive[(offset + 16)..<(offset + 20)]) + archive[(offset + 24)..<(offset + 28)]
                let gzip: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + stored + trailer
                entries[name] = String(decoding: try #require(Deflate.gunzip(gzip)), as: UTF8.self)
            } else {
                try #require(ZipArchive.checksum(stored) == UInt32(number(offset + 16, 4)), "\(name)")
                entries[name] = String(decoding: stored, as: UTF8.self)
            }
            offset += 46 + nameLength
        }
        return entries
    }

    @Test func `archives hold the package under its slug, with the version of the tag in its header`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let plugin = try await client.get("/plugin/akismet.5.3.zip?nostats=1")
            #expect(plugin.header("Content-Type") == "application/zip")
            let files = try Self.entries(plugin.body)
            #expect(files.keys.sorted() == ["akismet/akismet.php", "akismet/readme.txt"])
            #expect(files["akismet/akismet.php"]?.contains(" * Version: 5.3\n") == true)
            let trunk = try await client.get("/plugin/akismet.zip")
            #expect(trunk.status == 200)
            let theme = try Self.entries(try await client.get("/theme/astra.4.8.zip").body)
            #expect(theme["astra/style.css"]?.contains("Theme Name: Astra\n") == true)
        }
    }

    @Test func `a tag rewritten in place has other bytes under the same URL`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            let first = try await client.get("/plugin/akismet.5.3.zip").body
            let again = try await client.get("/plugin/akismet.5.3.zip").body
            #expect(first == again)
            try sandbox.world.commit(.plugins, slug: "akismet", .rewriteTag("5.3"))
            let rewritten = try await client.get("/plugin/akismet.5.3.zip").body
            #expect(rewritten != first)
        }
    }

    @Test(arguments: ["/plugin/akismet.5.4.zip", "/plugin/none.1.zip", "/theme/astra.zip", "/plugin/akismet.5.3.tar"])
    func `what is not there is 404`(path: String) async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let answer = try await client.get(path)
            #expect(answer.status == 404)
        }
    }

    @Test func `HEAD tells the length and sends nothing, and a closed plugin can still be fetched`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            try sandbox.world.close(slug: "akismet")
            let whole = try await client.get("/plugin/akismet.5.3.zip")
            let head = try await client.send("HEAD", "/plugin/akismet.5.3.zip")
            #expect(head.header("Content-Length") == "\(whole.body.count)")
            #expect(head.body.isEmpty)
        }
    }
}
