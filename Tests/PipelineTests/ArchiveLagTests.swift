import Composer
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import WordPress

/// Upstream builds an archive anew some time after its tag was rewritten: no reference may announce it before.
@Suite struct ArchiveLagTests {
    /// A version of a package in its document: its reference, and where its archive is.
    private func links(_ pipeline: Pipeline, _ slug: String, _ version: String) throws -> [String] {
        let isDev = version == "dev-trunk"
        guard let bytes = pipeline.bucket()["p2/wp-plugin/\(slug)\(isDev ? "~dev" : "").json"] else { return [] }
        let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let packages = document?["packages"] as? [String: [[String: Any]]]
        let entry = packages?["wp-plugin/\(slug)"]?.first { $0["version"] as? String == version }
        let (source, dist) = (entry?["source"] as? [String: Any], entry?["dist"] as? [String: Any])
        return [source?["reference"], dist?["reference"], dist?["url"]].compactMap { $0 as? String }
    }

    /// What clients have of an archive by its address, which they never ask for twice.
    private actor Cache {
        private var bytes: [String: [UInt8]] = [:]

        /// What a client has under an address now, and what it would get.
        func get(_ url: URL) async throws -> (kept: [UInt8], fresh: [UInt8]) {
            let query = url.query.map { "?\($0)" } ?? ""
            let answer = try await PlainHTTP(port: url.port ?? 80).get(url.path + query)
            try #require(answer.status == 200)
            let kept = self.bytes[url.absoluteString] ?? answer.body
            self.bytes[url.absoluteString] = kept
            return (kept, answer.body)
        }
    }

    private func revision(_ links: [String]) -> Int64? {
        links.first?.split(separator: "@").dropFirst().last.flatMap { Int64($0) }
    }

    /// Both references and the address of the archive name one revision, and no client has other bytes under it.
    private func expect(
        _ pipeline: Pipeline,
        _ cache: Cache,
        _ version: String,
        at revision: Int64,
        _ moment: String
    ) async throws {
        let links = try self.links(pipeline, "p", version)
        #expect(self.revision(links) == revision, "\(moment): \(links)")
        #expect(
            links.count == 3 && links[0] == links[1] && links[2].hasSuffix("?rev=\(revision)"),
            "\(moment): \(links)"
        )
        let archive = try await cache.get(try #require(links.last.flatMap(URL.init(string:))))
        #expect(archive.kept == archive.fresh, "\(moment): \(links)")
    }

    @Test(arguments: TestDatabase.allCases, ["1.0", "trunk"])
    func `a version that was rewritten in place is announced when its archive is there, not before`(
        _ database: TestDatabase,
        _ live: String
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        if live == "trunk" { try world.commit(.plugins, slug: "p", .makeLive("trunk")) }
        let version = live == "trunk" ? "dev-trunk" : live
        try await Pipeline.with(database, world: world) { pipeline in
            let cache = Cache()
            try await pipeline.round(.fromTheStart)
            var published = try #require(self.revision(try self.links(pipeline, "p", version)))
            try await self.expect(pipeline, cache, version, at: published, "at first")
            for round in 1...2 {
                let bucket = pipeline.bucket()
                world.lag(.plugins, slug: "p")
                for _ in 1...2 { try world.commit(.plugins, slug: "p", live == "trunk" ? .trunk() : .rewriteTag(live)) }
                // Upstream has not imported the commits: what is published stays as it is, byte for byte.
                for look in 1...3 {
                    try await pipeline.round()
                    try await pipeline.makeEverythingDue()
                    try await self.expect(pipeline, cache, version, at: published, "round \(round), look \(look)")
                    #expect(pipeline.bucket() == bucket, "round \(round)")
                }
                world.releaseLag(.plugins)
                try await pipeline.round()
                published = Int64(world.youngestRevision(.plugins))
                try await self.expect(pipeline, cache, version, at: published, "round \(round), after the import")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `when the looks are used up the reference moves, whatever upstream says`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world) { pipeline in
            try await pipeline.round(.fromTheStart)
            let before = self.revision(try self.links(pipeline, "p", "1.0"))
            world.lag(.plugins, slug: "p")
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            for look in 1...10 {
                try await pipeline.round()
                #expect(self.revision(try self.links(pipeline, "p", "1.0")) == before, "look \(look)")
                try await pipeline.makeEverythingDue()
            }
            try await pipeline.round()
            #expect(self.revision(try self.links(pipeline, "p", "1.0")) == Int64(world.youngestRevision(.plugins)))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a revision that is not known to be imported is not named where none was known before`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world) { pipeline in
            // Begun at the head: of the tag's past nothing is known.
            try await pipeline.round()
            #expect(try self.links(pipeline, "p", "1.0").first == "tags/1.0")
            world.lag(.plugins, slug: "p")
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.round()
            #expect(try self.links(pipeline, "p", "1.0").first == "tags/1.0")
            world.releaseLag(.plugins)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            let after = Int64(world.youngestRevision(.plugins))
            try await self.expect(pipeline, Cache(), "1.0", at: after, "after the import")
            // A format that changes while upstream is behind publishes nothing early either.
            world.lag(.plugins, slug: "p")
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.round()
            var changed = pipeline
            changed.configure { $0.downloadsURL += "/" }
            try await changed.update()
            try await changed.sync()
            #expect(self.revision(try self.links(pipeline, "p", "1.0")) == after)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a tag that upstream goes on listing after it was deleted keeps a revision that Subversion has`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0", "1.1"])
        try await Pipeline.with(database, world: world) { pipeline in
            try await pipeline.round(.fromTheStart)
            let before = try self.links(pipeline, "p", "1.0")
            world.lag(.plugins, slug: "p")
            try world.commit(.plugins, slug: "p", .deleteTags)
            let deleted = Int64(world.youngestRevision(.plugins))
            for _ in 1...10 {
                try await pipeline.round()
                #expect(try self.links(pipeline, "p", "1.0") == before)
                try await pipeline.makeEverythingDue()
            }
            try await pipeline.round()
            #expect(self.revision(try self.links(pipeline, "p", "1.0")) == deleted - 1)
        }
    }
}
