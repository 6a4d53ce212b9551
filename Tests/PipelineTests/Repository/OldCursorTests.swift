import Command
import Composer
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// Databases whose cursors an earlier version has written.
@Suite struct OldCursorTests {
    private func sign(_ text: String) -> String { String(ContentHash(of: Array(text.utf8)).hexadecimal.prefix(16)) }

    /// Writes a repository of two files that keep their names.
    private func write(_ repository: WrittenRepository, b version: String) throws {
        var includes: [String] = []
        for (name, version) in [("a", "1.0.0"), ("b", version)] {
            let package = WrittenRepository.version(version, of: "acme/\(name)")
            try repository.write("\(name).json", #"{"packages":{"acme/\#(name)":{"\#(version)":\#(package)}}}"#)
            includes.append(#""\#(name).json":{"sha1":"\#(version)"}"#)
        }
        let root = #"{"packages":[],"includes":{\#(includes.joined(separator: ","))}}"#
        try repository.write("packages.json", root)
    }

    private func cursor(_ pipeline: Pipeline) async throws -> String? {
        let source = try #require(pipeline.settings.stages.sources.first)
        return try await pipeline.store.source(source.name)?.cursor?.text
    }

    private func set(cursor: String, _ pipeline: Pipeline) async throws {
        _ = try await pipeline.store.engine.write { try $0.execute("UPDATE sources SET cursor = \(cursor)") }
    }

    private func expectSettled(_ pipeline: Pipeline, _ repository: WrittenRepository) async throws {
        repository.mount.resetRequests()
        #expect(try await pipeline.discover().exit == .done)
        #expect(repository.mount.requests.total == 1, "it is settled")
    }

    @Test(arguments: TestDatabase.allCases)
    func `files that a cursor knows by their address alone are read once more, and only what has changed is due`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try self.write(repository, b: "1.0.0")
            try await pipeline.round()
            let words = try #require(try await self.cursor(pipeline)).split(separator: " ")
            let known = ["a.json", "b.json"].map { name in
                "\(self.sign(name))=\(self.sign("\(pipeline.url(of: repository.mount))/\(name)"))"
            }
            // One that is no more was kept.
            let old = (words.prefix(2).map(String.init) + known + ["0123456789abcdef=0123456789abcdef"])
                .joined(separator: " ")
            try await self.set(cursor: old, pipeline)
            try await self.expectSettled(pipeline, repository)
            #expect(try await self.cursor(pipeline) == old)

            try self.write(repository, b: "2.0.0")
            repository.mount.resetRequests()
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done && outcome.notes.contains { $0.contains("1 package became due") })
            #expect(outcome.counters["made_due"] == nil)
            // The root, and both files: for the changes, and for the listing.
            #expect(repository.mount.requests.total == 5)
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try pipeline.versions("acme/a") == ["1.0.0"] && pipeline.versions("acme/b") == ["2.0.0"])
            let files = try #require(try await self.cursor(pipeline)).split(separator: " ").dropFirst(2)
            #expect(files.map { String($0.prefix(16)) } == ["a.json", "b.json"].map(self.sign).sorted())
            try await self.expectSettled(pipeline, repository)
        }
    }

    @Test(arguments: TestDatabase.allCases, ["includes 5d8141c2f0a3b7e6 3a94", "includes", "list 5d8141c2f0a3b7e6"])
    func `a cursor that says nothing that is known has everything looked at once`(
        _ database: TestDatabase,
        _ old: String
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try self.write(repository, b: "1.0.0")
            try await pipeline.round()
            let cursor = try await self.cursor(pipeline)
            try await self.set(cursor: old, pipeline)
            try self.write(repository, b: "2.0.0")
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done && outcome.counters["made_due"] == 2)
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try pipeline.versions("acme/a") == ["1.0.0"] && pipeline.versions("acme/b") == ["2.0.0"])
            #expect(try await self.cursor(pipeline)?.count == cursor?.count)
            try await self.expectSettled(pipeline, repository)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `where a cursor does not say which root names the feed, everything is looked at once`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let cursor = try #require(try await self.cursor(pipeline))
            try await self.set(cursor: cursor.split(separator: " ").dropLast().joined(separator: " "), pipeline)
            world.publish(count: 2)
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done && outcome.counters["made_due"] == 10)
            try await pipeline.update()
            try await pipeline.sync()
            try await pipeline.expectConverged(mount, "looked at")
            #expect(try await pipeline.feedCursor == world.now + 1)
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1, "it is settled")
        }
    }
}
