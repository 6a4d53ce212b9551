import Foundation
import Testing

@testable import Sandbox

@Suite struct DirectoryWorldTests {
    /// Writes files as the recorded ones are, in a folder of their own, and removes them afterwards.
    static func withFolder<R>(_ files: [String: [String]], _ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, lines) in files {
            let content = Array((lines.joined(separator: "\n") + "\n").utf8)
            let raw = try #require(Deflate.raw(content))
            let checksum = ZipArchive.checksum(content)
            let trailer = [checksum, UInt32(content.count)].flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }
            }
            let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] as [UInt8] + raw + trailer
            try Data(gzip).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        return try body(folder)
    }

    /// The dates of the plugin repository's revisions.
    static func dates(_ world: SandboxWorld) -> [Substring] {
        String(decoding: WorldTests.log(world, .plugins), as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("<S:date>") }
    }

    static let plugins = [
        #"{"slug":"a","name":"A &amp; B","version":"1.2","stable_tag":"1.2","last_updated":"2024-09-01 10:00:00","added":"2024-01-01","active_installs":10,"requires":"5.0","tested":false,"requires_php":false,"requires_plugins":["b"],"bytes":1,"versions":["1.0","1.2","trunk"]}"#,
        #"{"slug":"b","name":"B","version":"3","stable_tag":"trunk","last_updated":"2024-05-01 10:00:00","added":"2024-02-01","active_installs":0,"tested":"6.6","requires_php":"7.4","requires_plugins":[],"bytes":1,"versions":[]}"#,
        #"{"slug":"new","name":"New","version":"0.1","stable_tag":"0.1","last_updated":"2024-09-03 10:00:00","added":"2024-09-03","active_installs":0,"requires":false,"tested":"6.6","requires_php":"7.4","requires_plugins":[],"bytes":1,"versions":["0.1","trunk"]}"#,
    ]
    static let themes = [
        #"{"slug":"t","name":"T","version":2,"last_updated":"2024-09-02 12:00:00","created":"2024-03-05 00:00:00","active_installs":5,"requires":false,"requires_php":"5.6","template":null,"bytes":1,"versions":{"2":"2024-09-02 11:59:59","1":"2024-03-01 00:00:00","0":null}}"#
    ]
    static let events = [
        "commit_unix\tkind\top\tslug\told_version\tnew_version\told_last_updated\tnew_last_updated\told_n_versions\tnew_n_versions\tadded\tremoved\told_stable\tnew_stable",
        "1725184800\tplugins\tM\ta\t1.0\t1.2\t2024-06-01 10:00:00\t2024-09-01 10:00:00\t1\t2\t1\t0\t1.0\t1.2",
        "1725278400\tthemes\tM\tt\t1\t2\t2024-03-01 00:00:00\t2024-09-02 12:00:00\t1\t2\t1\t0\tNone\tNone",
        "1725357600\tplugins\tA\tnew\t\t0.1\t\t2024-09-03 10:00:00\t0\t0\t\t\t\t",
    ]
    static let files = [
        "wporg-plugins-all-2024.ndjson.gz": Self.plugins,
        "wporg-themes-all-2024.ndjson.gz": Self.themes,
        "wporg-update-events-2024.tsv.gz": Self.events,
    ]

    @Test func `packages are as recorded, and the log leads to them in the order of their dates`() throws {
        let world = try Self.withFolder(Self.files) { try SandboxWorld.directory(folder: $0) }
        let plugin = try #require(world.package(.plugins, slug: "a"))
        #expect(plugin.title == "A &amp; B")
        #expect(plugin.tags.map(\.name) == ["1.0", "1.2"])
        #expect(plugin.requires == "5.0")
        #expect(plugin.tested == nil)
        #expect(plugin.requiresPlugins == ["b"])
        #expect(CivilTime(seconds: plugin.lastUpdatedSeconds).twelveHour == "2024-09-01 10:00am GMT")
        #expect(world.package(.themes, slug: "t")?.version == "2")
        #expect(world.package(.themes, slug: "t")?.tags.map(\.name) == ["0", "1", "2"])
        // Three births, four tags, one commit to trunk.
        #expect(world.youngestRevision(.plugins) == 7)
        #expect(world.youngestRevision(.themes) == 4)
        #expect(Self.dates(world) == Self.dates(world).sorted())
        #expect(world.nowSeconds == CivilTime.parse("2024-09-03 10:00:00"))
    }

    @Test func `replaying the recorded changes onto a world that was wound back leads to the recorded day`() throws {
        let world = try Self.withFolder(Self.files) {
            try SandboxWorld.directory(folder: $0, rounds: 2, rewinds: true)
        }
        #expect(world.package(.plugins, slug: "a")?.version == "1.0")
        #expect(world.package(.plugins, slug: "a")?.tags.map(\.name) == ["1.0"])
        #expect(world.package(.plugins, slug: "new") == nil)
        #expect(world.package(.themes, slug: "t")?.version == "1")
        #expect(try world.replayRound() == 1)
        #expect(try world.replayRound() == 2)
        #expect(world.replayRoundsLeft == 0)
        #expect(try world.replayRound() == 0)
        #expect(world.package(.plugins, slug: "a")?.tags.map(\.name) == ["1.0", "1.2"])
        #expect(world.package(.plugins, slug: "a")?.stableTag == "1.2")
        #expect(world.package(.plugins, slug: "new")?.tags.map(\.name) == ["0.1"])
        #expect(world.package(.plugins, slug: "new")?.requiresPHP == "7.4")
        #expect(world.package(.themes, slug: "t")?.version == "2")
    }

    @Test func `replayed onto the recorded day, changes are commits to what is there`() throws {
        let world = try Self.withFolder(Self.files) { try SandboxWorld.directory(folder: $0, rounds: 1) }
        let before = try #require(world.package(.plugins, slug: "a")?.tag(named: "1.2")?.revision)
        #expect(try world.replayRound() == 3)
        #expect(world.youngestRevision(.plugins) == 9)
        let after = try #require(world.package(.plugins, slug: "a")?.tag(named: "1.2"))
        #expect(after.revision > before)
        #expect(after.addedRevision == before)
        #expect(Self.dates(world) == Self.dates(world).sorted(), "the clock never goes back to when it was recorded")
    }

    @Test func `changes that begin anew bring higher versions, in place of those that they brought before`() throws {
        let world = try Self.withFolder(Self.files) {
            try SandboxWorld.directory(folder: $0, rounds: 1, rewinds: true, repeats: true)
        }
        #expect(try (1...3).map { _ in try world.replayRound() } == [3, 3, 3])
        let plugin = try #require(world.package(.plugins, slug: "a"))
        #expect(plugin.version == "201.2")
        #expect(plugin.stableTag == "201.2")
        #expect(plugin.tags.map(\.name) == ["1.0", "201.2"])
        #expect(world.package(.plugins, slug: "new")?.tags.map(\.name) == ["200.1"])
        #expect(world.package(.themes, slug: "t")?.tags.map(\.name) == ["0", "1", "202"])
        #expect(Self.dates(world) == Self.dates(world).sorted())
        world.setClock(seconds: world.nowSeconds + 86_400)
        let morning = world.nowSeconds
        try world.replayRound()
        #expect(world.nowSeconds - morning < 3_600, "a day has room for many commits")
    }

    @Test func `files that are missing, cut or wrong are named, with the line`() throws {
        #expect(throws: SandboxError.self) { try SandboxWorld.directory(folder: "/nowhere") }
        var files = Self.files
        files["wporg-plugins-all-2024.ndjson.gz"] = [Self.plugins[0], "{}"]
        let error = #expect(throws: SandboxError.self) {
            try Self.withFolder(files) { try SandboxWorld.directory(folder: $0) }
        }
        guard case .badData(let file, let line, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(file.hasSuffix("wporg-plugins-all-2024.ndjson.gz"))
        #expect(line == 2)
        #expect(reason.contains("slug"))
        #expect(Deflate.gunzip([0x1f, 0x8b, 8, 0, 1, 2, 3]) == nil)
    }
}
