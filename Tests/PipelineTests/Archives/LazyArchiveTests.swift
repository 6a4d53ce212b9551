import Command
import Composer
import Facts
import Foundation
import Pipeline
import Site
import Store
import TestSupport
import Testing

/// Archives that `serve` fetches when they are asked for.
@Suite struct LazyArchiveTests {
    private static let kit = "/dist/acme/kit/2.0.0.0/abc2.zip"
    private static let zip = LazyRepository.zip("/2.0.0-abc2.zip")

    @Test(arguments: TestDatabase.allCases)
    func `P16: documents stay as they are, and the root names the mirror`(_ database: TestDatabase) async throws {
        try await LazyRepository.with(database) { lazy, repository in
            for path in ["p2/acme/kit.json", "p2/acme/kit~dev.json"] {
                let upstreams = try String(contentsOf: repository.folder.appending(path: path), encoding: .utf8)
                #expect(lazy.pipeline.text(path) == upstreams)
            }
            let root = try #require(lazy.pipeline.text("packages.json"))
            let mirror = #"\/dist\/%package%\/%version%\/%reference%.%type%"#
            #expect(
                root.replacing("\\/", with: "/").contains(
                    #""mirrors":[{"dist-url":"http://127.0.0.1:1\#(mirror.replacing("\\/", with: "/"))","preferred":true}]"#
                )
            )
            #expect(lazy.fetches == 0)
            var off = lazy.pipeline
            off.settings.stages.archives.lazy = [:]
            try await off.sync()
            #expect(try !#require(lazy.pipeline.text("packages.json")).contains("mirrors"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: an archive is fetched once for all who ask for it, and stays when upstream's is gone`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            try await lazy.serving(2) { sites in
                let answers = try await withThrowingTaskGroup(of: PlainHTTP.Answer.self) { group in
                    for index in 0..<20 { group.addTask { try await sites[index % 2].get(Self.kit) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.count == 20)
                for answer in answers { #expect(answer.status == 200 && answer.body == Self.zip) }
                #expect(lazy.fetches == 1)

                lazy.archives.answer { _ in .status(404) }
                let later = try await sites[0].get(Self.kit)
                #expect(later.status == 200 && later.body == Self.zip)
                #expect(lazy.fetches == 1)
            }
            #expect(try await lazy.pipeline.store.archiveTotals().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a fetch that takes longer than a lease is not begun anew by another process`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            var lazy = lazy
            lazy.pipeline.settings.stages.leaseSeconds = 30
            let store = lazy.pipeline.store
            @Sendable func leaseEnd() async -> Int64 {
                let rows = try? await store.engine.read {
                    try $0.rows("SELECT max(lease_until_ms) AS lease_end FROM archives")
                }
                return (try? rows?.first?["lease_end"] as Int64?) ?? 0
            }
            lazy.archives.answer { request in
                let first = await leaseEnd()
                for _ in 0..<600 where await leaseEnd() <= first { try? await Task.sleep(for: .milliseconds(100)) }
                return .answer(200, body: LazyRepository.zip(request.uri))
            }
            try await lazy.serving(2) { sites in
                async let one = sites[0].get(Self.kit).status
                async let other = sites[1].get(Self.kit).status
                let statuses = try await [one, other]
                #expect(statuses == [200, 200])
                #expect(lazy.fetches == 1)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `references and branches are asked for as Composer spells them`(_ database: TestDatabase) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            try await lazy.serving { sites in
                for (path, zip) in [
                    ("1.0.0.0/\(TestDigest.md5("tags/1@7")).zip", "/1.0.0-tags/1@7.zip"),
                    ("\(TestDigest.md5("dev-a/b"))/abcd.zip", "/dev-a/b-abcd.zip"),
                ] {
                    let answer = try await sites[0].get("/dist/acme/kit/\(path)")
                    #expect(answer.status == 200 && answer.body == LazyRepository.zip(zip), "\(path)")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `nobody can have anything fetched that no document names`(_ database: TestDatabase) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            try await lazy.serving { sites in
                for path in [
                    "acme/kit/2.0.0.0/abc3.zip", "acme/kit/2.0.0.0/abc2.tar", "acme/kit/2.0.0.0/.zip",
                    "acme/kit/2.0.0/abc2.zip", "acme/kit/3.0.0.0/abc2.zip", "acme/other/2.0.0.0/abc2.zip",
                    "acme/kit/2.0.0.0/ABC2.zip", "acme/kit/../abc2.zip", "acme/kit/2.0.0.0/abc2", "ab/cd/ef.zip",
                    "acme/kit/2.0.0.0/abc2.zip/x", "ACME/kit/2.0.0.0/abc2.zip", "acme/kit/%00/abc2.zip",
                ] {
                    for _ in 0..<2 {
                        let status = try await sites[0].get("/dist/\(path)").status
                        #expect(status == 404, "\(path)")
                    }
                }
            }
            #expect(lazy.fetches == 0)
            let rows = try await lazy.pipeline.store.engine.read { try $0.rows("SELECT id FROM archives").count }
            #expect(rows == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who has waited long enough is told that there is none, while the fetch goes on`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            var lazy = lazy
            lazy.pipeline.settings.delivery.waitSeconds = 0
            let (held, release) = AsyncStream<Void>.makeStream()
            lazy.archives.answer { request in
                for await _ in held {}
                return .answer(200, body: LazyRepository.zip(request.uri))
            }
            try await lazy.serving { sites in
                let early = try await sites[0].get(Self.kit)
                #expect(early.status == 404 && early.headers["cache-control"] == "no-store")
                release.finish()
                var answer = early
                while answer.status == 404 {
                    try await Task.sleep(for: .milliseconds(20))
                    answer = try await sites[0].get(Self.kit)
                }
                #expect(answer.status == 200 && answer.body == Self.zip)
                #expect(lazy.fetches == 1)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: wrong bytes are given to nobody, and are not asked for again at once`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            lazy.archives.answer { _ in .ok("<html>sorry</html>") }
            try await lazy.serving { sites in
                for _ in 0..<3 {
                    let status = try await sites[0].get(Self.kit).status
                    #expect(status == 404)
                }
            }
            #expect(lazy.fetches == 1)
            #expect(try await lazy.pipeline.store.archiveTotals().count == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: where upstream has built an archive anew, its checksum decides which one is meant`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, repository in
            let (first, second) = (LazyRepository.zip("one"), LazyRepository.zip("two"))
            func publish(_ zip: [UInt8]) async throws {
                lazy.archives.answer { _ in .answer(200, body: zip) }
                let version = lazy.version("2.0.0", "abc2", shasum: TestDigest.sha1(zip))
                try repository.write("p2/acme/kit.json", LazyRepository.document([version]))
                try await lazy.pipeline.makeEverythingDue()
                try await lazy.pipeline.round()
            }
            try await lazy.serving { sites in
                for zip in [first, second, first] {
                    try await publish(zip)
                    let answer = try await sites[0].get(Self.kit)
                    #expect(answer.status == 200 && answer.body == zip)
                }
                #expect(lazy.fetches == 2)
                // Which of the two is meant, nothing tells any more.
                try repository.write("p2/acme/kit.json", LazyRepository.document([lazy.version("3.0.0", "abc3")]))
                try await lazy.pipeline.makeEverythingDue()
                try await lazy.pipeline.round()
                let gone = try await sites[0].get(Self.kit)
                #expect(gone.status == 404)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `old locks install when upstream does not list the version any more`(_ database: TestDatabase) async throws {
        try await LazyRepository.with(database) { lazy, repository in
            try await lazy.serving { sites in
                let before = try await sites[0].get(Self.kit)
                try repository.write("p2/acme/kit.json", LazyRepository.document([lazy.version("3.0.0", "abc3")]))
                try await lazy.pipeline.makeEverythingDue()
                try await lazy.pipeline.round()
                let after = try await sites[0].get(Self.kit)
                #expect(before.status == 200 && after.status == 200 && after.body == before.body)
            }
        }
    }
}
