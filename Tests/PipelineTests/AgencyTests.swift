import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// An agency points Packline at its sites' locks.
@Suite struct AgencyTests {
    @Test(
        .enabled(if: ComposerProject.isThere, "needs Debian's composer"),
        arguments: TestDatabase.allCases
    )
    func `P13: Composer resolves and installs a site from the mirror of its lock`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 60)
        try world.add(["agency/theme", "agency/forms", "agency/mailer", "agency/unrelated"])
        try world.require("agency/theme", ["agency/forms"])
        let mount = try ComposerMount("packagist", .packagist, world)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            let requires = ["agency/theme": "*"]
            try await ComposerProject.with(pipeline.url(of: mount), requires: requires) { project in
                let first = try await project.run("update")
                try #require(first.status == 0, "\(first.output)")
                var mirror = pipeline
                let lock = [(text: project.lock.path, place: "only")]
                var problems: [String] = []
                let only = NameSelection(entries: lock, problems: &problems)
                #expect(problems == [] && only.names.contains("agency/forms"))
                try mirror.configure(mount) { settings in
                    settings.only = only
                    settings.requires = true
                }
                // What was released since the lock was made requires something that no lock has.
                try world.require("agency/forms", ["agency/mailer"])
                mirror.settings.stages.repositoryURL = mirror.bucketURL
                try await mirror.round()
                mirror.plantRootWhereNoneIs()
                #expect(!mirror.published.contains("agency/unrelated"))

                try project.point(to: mirror.bucketURL, requires: requires)
                mount.resetRequests()
                let installed = try await project.run("install")
                #expect(installed.status == 0, "\(installed.output)")
                #expect(installed.installed == first.installed)
                let updated = try await project.run("update")
                #expect(updated.status == 0, "\(updated.output)")
                #expect(updated.installed["agency/forms"] == world.newestVersion("agency/forms"))
                #expect(updated.installed["agency/mailer"] == world.newestVersion("agency/mailer"))
                #expect(mount.requests.count(.composerDocument) == 0, "metadata comes from the mirror alone")
            }
        }
    }

    @Test func `locks are read again for each run, and one that is gone counts as it was`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "locks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lock = folder.appending(path: "composer.lock")
        func write(_ names: [String]) throws {
            let packages = names.map { ["name": $0] }
            try JSONSerialization.data(withJSONObject: ["packages": packages, "packages-dev": []]).write(to: lock)
        }
        try write(["acme/a"])
        var settings = RepositorySettings(name: "shop", url: "https://example.org")
        var problems: [String] = []
        settings.only = NameSelection(
            entries: [(lock.path, "only[0]"), ("acme/always", "only[1]")],
            problems: &problems
        )
        let source = try RepositorySource(settings)
        #expect(problems == [] && source.selection?.keys == ["acme/a", "acme/always"])

        try write(["acme/b"])
        let later = source.reread(&problems)
        #expect(problems == [] && later.selection?.keys == ["acme/b", "acme/always"])
        #expect(later.selection?.digest != source.selection?.digest)
        try FileManager.default.removeItem(at: lock)
        #expect(later.reread(&problems).selection?.keys == ["acme/b", "acme/always"])
        #expect(problems.count == 1 && problems[0].contains("composer.lock"))
    }
}

extension Pipeline {
    /// A root for a bucket of nothing but Composer repositories, where none is published yet.
    fileprivate func plantRootWhereNoneIs() {
        guard self.text("packages.json") == nil else { return }
        let root = #"{"packages":[],"metadata-url":"\#(self.bucketURL)/p2/%package%.json"}"#
        self.sandbox.objects.plant(bucket: Self.bucket, key: "packages.json", Array(root.utf8))
    }

    /// Where Composer reads what is published.
    var bucketURL: String { "\(self.settings.s3Endpoint.map { "\($0)" } ?? "")/\(Self.bucket)" }
}
