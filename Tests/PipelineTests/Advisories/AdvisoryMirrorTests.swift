import Advisories
import Command
import ComposerRepository
import Facts
import Pipeline
import Sandbox
import Site
import TestSupport
import Testing

/// Packline's advisories as a feed of another Packline.
@Suite struct AdvisoryMirrorTests {
    /// How the one tells the other.
    enum Way: CaseIterable, Sendable { case documents, api }

    @Test(arguments: TestDatabase.allCases, Way.allCases)
    func `P20: a mirror of the mirror has the same advisories byte for byte, with what has to go with them`(
        _ database: TestDatabase,
        _ way: Way
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 8), sources: "wordpress-plugins") { first in
            let scripted = ScriptedFeed()
            scripted.advisories = try (0..<6).flatMap { number in
                try (0...number).map { try .about(plugin: "plugin-\(number)", "A\(number)-\($0)") }
            }
            var original = first.with(.separate, [scripted])
            var configuration = Site.Configuration()
            configuration.advisoryFeeds = [scripted.name]
            try await RunningSite.with(original.store, configuration: configuration) { port in
                let url = "http://127.0.0.1:\(port)"
                if way == .api { original.settings.stages.publicURL = url }
                try await original.round()
                try await Pipeline.with(database, world: .plain(plugins: 8), sources: "wordpress-plugins") { second in
                    var mirror = second.with(.separate, [])
                    let root = try RepositoryURL("\(url)/advisories")
                    mirror.settings.stages.advisories.feeds = [
                        AdvisorySettings.Feed(name: "mirror") {
                            ComposerAdvisoryFeed(name: "mirror", url: root, minimumPeriod: .zero, client: $0)
                        }
                    ]
                    mirror.settings.stages.advisories.namesPeriod = .zero
                    mirror.settings.stages.advisories.wholePeriod = .zero
                    func documents(_ pipeline: Pipeline) -> [String: [UInt8]] {
                        pipeline.bucket().filter { $0.key.hasPrefix("advisories/p2/") }
                    }
                    // The second of them knows what it has.
                    for _ in 1...2 { try await mirror.round() }
                    #expect(documents(mirror).count == 6)
                    #expect(documents(mirror) == documents(original))

                    scripted.advisories.removeFirst()
                    scripted.advisories.append(try .about(plugin: "plugin-7", "new"))
                    try await original.round()
                    try await mirror.round()
                    #expect(documents(mirror) == documents(original))
                    #expect(try mirror.advisories("advisories/p2/wp-plugin/plugin-0.json") == nil)
                    #expect(try mirror.advisories("advisories/p2/wp-plugin/plugin-7.json") == ["new"])
                }
            }
        }
    }
}
