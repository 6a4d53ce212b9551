import Testing

@testable import Sandbox

/// What stands around the bytes of a download.
@Suite struct ArchiveHeaderTests {
    static let path = ArchiveFaultTests.path

    static func with(_ body: (TestClient, _ whole: TestClient.Answer) async throws -> Void) async throws {
        let settings = try ArchiveSizeTests.settings([Self.path: 3 << 20])
        try await withSandbox(try DownloadTests.world(), settings: settings) { client, _ in
            try await body(client, try await client.get(Self.path))
        }
    }

    @Test func `HEAD tells what GET would, and who has an archive already gets 304`() async throws {
        try await Self.with { client, whole in
            let head = try await client.send("HEAD", Self.path)
            for name in ["Content-Length", "ETag", "Last-Modified", "Content-Type"] {
                #expect(head.header(name) == whole.header(name) && head.header(name) != nil, "\(name)")
            }
            #expect(whole.header("Content-Length") == "\(3 << 20)")
            let conditions = ["If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"]
            for (condition, name) in conditions {
                let answer = try await client.get(Self.path, headers: [condition: whole.header(name) ?? ""])
                #expect(answer.status == 304, "\(condition)")
            }
            let other = try await client.get(Self.path, headers: ["If-None-Match": "\"0\""])
            #expect(other.status == 200)
        }
    }

    @Test func `parts of an archive can be had`() async throws {
        try await Self.with { client, whole in
            let count = whole.body.count
            let parts = [
                ("bytes=0-9", 0..<10), ("bytes=1048570-2097170", 1_048_570..<2_097_171),
                ("bytes=3000000-", 3_000_000..<count), ("bytes=-22", (count - 22)..<count),
                ("bytes=5-999999999", 5..<count),
            ]
            for (range, expected) in parts {
                let part = try await client.get(Self.path, headers: ["Range": range])
                #expect(part.status == 206 && part.body == Array(whole.body[expected]), "\(range)")
                let shown = "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/\(count)"
                #expect(part.header("Content-Range") == shown)
            }
            let beyond = try await client.get(Self.path, headers: ["Range": "bytes=\(count)-"])
            #expect(beyond.status == 416 && beyond.header("Content-Range") == "bytes */\(count)")
            let changed = ["Range": "bytes=0-9", "If-Range": "\"0\""]
            for headers in [changed, ["Range": "bytes=9-0"], ["Range": "bytes=0-1,3-4"], ["Range": "lines=1-2"]] {
                let all = try await client.get(Self.path, headers: headers)
                #expect(all.status == 200 && all.body.count == count, "\(headers)")
            }
        }
    }

    @Test func `an archive of gigabytes is in no memory: its end comes at once`() async throws {
        let settings = try ArchiveSizeTests.settings([Self.path: 3_000_000_000])
        try await withSandbox(try DownloadTests.world(), settings: settings) { client, _ in
            let head = try await client.send("HEAD", Self.path)
            #expect(head.header("Content-Length") == "3000000000")
            let end = try await client.get(Self.path, headers: ["Range": "bytes=-22"])
            #expect(end.status == 206 && end.body.starts(with: [0x50, 0x4b, 5, 6]))
        }
    }
}
