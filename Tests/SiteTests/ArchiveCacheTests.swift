import Composer
import Foundation
import Logging
import NIOCore
import Store
import Testing

@testable import Site

/// Copies of archives on the disk of `serve`.
@Suite struct ArchiveCacheTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func with(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cache-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private func kept(_ text: String) -> KeptArchive {
        let content = ContentHash(of: Array(text.utf8))
        let digits = content.hexadecimal
        return KeptArchive(
            key: "dist/\(digits.prefix(2))/\(digits.dropFirst(2).prefix(2))/\(digits).zip",
            content: content,
            size: Int64(text.utf8.count),
            fetchedAtSeconds: 0
        )
    }

    private func put(_ text: String, _ cache: ArchiveCache) async throws {
        let copy = try #require(await cache.begin(self.kept(text)))
        for byte in text.utf8 { await copy.write(ByteBuffer(bytes: [byte])) }
        await copy.finish()
    }

    private func files(_ folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder).count
    }

    @Test func `what was not used for the longest time goes first`() async throws {
        try await self.with { folder in
            let cache = ArchiveCache(folder: folder, maxBytes: 30, logger: Self.logger)
            for text in ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"] { try await self.put(text, cache) }
            #expect(cache.path(of: self.kept("aaaaaaaaaa")) != nil)
            try await self.put("dddddddddd", cache)
            #expect(cache.path(of: self.kept("bbbbbbbbbb")) == nil)
            for text in ["aaaaaaaaaa", "cccccccccc", "dddddddddd"] {
                let path = try #require(cache.path(of: self.kept(text)))
                #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
            }
            #expect(cache.bytes == 30)
            #expect(try self.files(folder) == 3)
        }
    }

    @Test func `it knows after a restart what is there, and keeps to its bound`() async throws {
        try await self.with { folder in
            let before = ArchiveCache(folder: folder, maxBytes: 30, logger: Self.logger)
            for text in ["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"] { try await self.put(text, before) }
            let after = ArchiveCache(folder: folder, maxBytes: 20, logger: Self.logger)
            #expect(after.bytes == 20)
            #expect(try self.files(folder) == 2)
        }
    }

    @Test func `a copy that is not finished is none, and leaves nothing`() async throws {
        try await self.with { folder in
            let cache = ArchiveCache(folder: folder, maxBytes: 30, logger: Self.logger)
            let kept = self.kept("aaaaaaaaaa")
            let copy = try #require(await cache.begin(kept))
            await copy.write(ByteBuffer(string: "aaaa"))
            // One is made at once.
            #expect(await cache.begin(kept) == nil)
            #expect(cache.path(of: kept) == nil)
            await copy.drop()
            #expect(cache.bytes == 0)
            #expect(try self.files(folder) == 0)
            try await self.put("aaaaaaaaaa", cache)
            #expect(cache.path(of: kept) != nil)
        }
    }

    @Test func `a file that is gone or cut is forgotten`() async throws {
        try await self.with { folder in
            let cache = ArchiveCache(folder: folder, maxBytes: 100, logger: Self.logger)
            for text in ["aaaaaaaaaa", "bbbbbbbbbb"] { try await self.put(text, cache) }
            try FileManager.default.removeItem(atPath: #require(cache.path(of: self.kept("aaaaaaaaaa"))))
            try Data("b".utf8).write(to: URL(filePath: #require(cache.path(of: self.kept("bbbbbbbbbb")))))
            #expect(cache.path(of: self.kept("aaaaaaaaaa")) == nil)
            #expect(cache.path(of: self.kept("bbbbbbbbbb")) == nil)
            #expect(cache.bytes == 0)
        }
    }

    @Test func `where it can't be written, there are no copies`() async throws {
        try await self.with { folder in
            try Data().write(to: URL(filePath: folder))
            let cache = ArchiveCache(folder: "\(folder)/below", maxBytes: 100, logger: Self.logger)
            #expect(await cache.begin(self.kept("aaaaaaaaaa")) == nil)
            #expect(cache.bytes == 0)
        }
    }

    @Test func `what would take up most of it is not copied`() async throws {
        try await self.with { folder in
            let cache = ArchiveCache(folder: folder, maxBytes: 19, logger: Self.logger)
            #expect(await cache.begin(self.kept("aaaaaaaaaa")) == nil)
        }
    }
}
