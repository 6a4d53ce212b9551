import Command
import ComposerRepository
import Facts
import Pipeline
import Store
import TestSupport
import Testing

/// What `--package` means where there are several sources.
@Suite struct SelectionTests {
    private func selection(
        _ packages: [String],
        run: RunID? = nil,
        vendor: String = "fake"
    ) throws -> PackageSelection {
        var settings = try Settings(environment: [:])
        settings.stages.sources.append(FakeSource(upstream: FakeUpstream(), vendor: vendor))
        var options = StageOptions()
        options.packages = packages
        options.run = run
        return try options.selection(settings.stages)
    }

    private func texts(_ selection: PackageSelection) -> [String] { selection.keys.map { "\($0.source) \($0.key)" } }

    @Test func `a key alone means the package of each source`() throws {
        #expect(
            self.texts(try self.selection(["kit"])) == ["wordpress-plugins kit", "wordpress-themes kit", "fake kit"]
        )
    }

    @Test func `a name means the package of the source that calls it so`() throws {
        let selection = try self.selection(["fake/kit", "wp-plugin/kit", "wp-theme/kit"])
        #expect(self.texts(selection) == ["fake kit", "wordpress-plugins kit", "wordpress-themes kit"])
    }

    @Test func `a name that two sources give means the packages of both`() throws {
        let selection = try self.selection(["wp-plugin/kit"], vendor: "wp-plugin")
        #expect(self.texts(selection) == ["wordpress-plugins kit", "fake kit"])
    }

    @Test func `only the first slash parts vendor and key`() throws {
        #expect(self.texts(try self.selection(["fake/kit/part"])) == ["fake kit/part"])
    }

    @Test func `P14: all names of no source are refused at once, with one that there could be`() throws {
        let error = #expect(throws: InvalidSettings.self) {
            try self.selection(["fake/kit", "other/kit", "fake/"])
        }
        let text = error?.description ?? ""
        #expect(text.contains("'other/kit'") && text.contains("'fake/'") && !text.contains("'fake/kit'"))
        #expect(text.contains("wp-plugin/NAME"))
    }

    @Test func `no name means everything, and a run narrows it`() throws {
        #expect(try self.selection([]).isEverything)
        let selection = try self.selection([], run: 7)
        #expect(!selection.isEverything && selection.keys.isEmpty && selection.run == 7)
    }

    @Test func `where each name is a key of its own, a whole name means its package, and a part of one nothing`() throws
    {
        var settings = try Settings(environment: [:])
        for name in ["acme", "other"] {
            let repository = RepositorySettings(name: name, url: "https://\(name).example")
            settings.stages.sources.append(try RepositorySource(repository))
        }
        func texts(_ name: String) throws -> [String] {
            var options = StageOptions()
            options.packages = [name]
            return self.texts(try options.selection(settings.stages))
        }
        #expect(try texts("acme/lib") == ["composer:acme acme/lib", "composer:other acme/lib"])
        #expect(try texts("lib") == ["wordpress-plugins lib", "wordpress-themes lib"])
        #expect(try texts("wp-plugin/lib").first == "wordpress-plugins lib")
        #expect(throws: InvalidSettings.self) { try texts("acme/a lib") }
    }
}
