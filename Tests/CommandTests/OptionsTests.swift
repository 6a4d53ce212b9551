import ArgumentParser
import Command
import Pipeline
import Store
import Testing

/// P14 for flags: what they can't be is said, and stops nobody.
@Suite struct OptionsTests {
    @Test(arguments: [
        ["--package", ""], ["--package", " "], ["--every", "9000000000000000h"], ["--every", "9223372036854775807d"],
        ["--every", "366d"], ["--every", ""], ["--every", "d"], ["--every", "-1s"], ["--every", "0"], ["--every", "5"],
        ["--every", "30 "],
        ["--limit", "0"], ["--concurrency", "0"], ["--limit", "9223372036854775808"],
    ])
    func `P14: a bad flag is refused`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try CommonOptions.parse(arguments) }
        #expect(error.map { CommonOptions.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: [
        ["who"], ["who", "acme"], ["who", "a/b/c"], ["who", "a/b", "--shared"], ["who", "a/b", "--after", "x"],
        ["who", "--shared", "--limit", "0"],
    ])
    func `P14: who wants one name or says what it takes`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(arguments) }
        #expect(error.map { PacklineCommand.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: ["--package=akismet", "--run=3"], ["--reconcile", "--from-revision=1", "--reset-cursor"])
    func `P14: nobody is asked for what is named, so that nothing may say how upstream is read`(
        _ named: String,
        _ flag: String
    ) {
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(["discover", named, flag]) }
        #expect(error.map { PacklineCommand.exitCode(for: $0) } == .validationFailure)
        #expect(error.map { PacklineCommand.message(for: $0) }?.contains(flag.prefix { $0 != "=" }) == true)
        #expect(throws: Never.self) { try PacklineCommand.parseAsRoot(["discover", named]) }
    }

    @Test func `a duration has a unit`() {
        #expect(CommonOptions.duration("90s") == .seconds(90))
        #expect(CommonOptions.duration("15m") == .seconds(900))
        #expect(CommonOptions.duration("2h") == .seconds(7_200))
        #expect(CommonOptions.duration("365d") == .seconds(31_536_000))
        #expect(CommonOptions.duration("30") == nil)
    }

    @Test(arguments: ["", "/", "//", "a/", "/a", "wp-plugin/", " ", "other/akismet"])
    func `P14: what names no package of any source is refused by name`(_ name: String) throws {
        var options = StageOptions()
        options.packages = [name]
        let error = #expect(throws: InvalidSettings.self) { try options.selection(Settings(environment: [:]).stages) }
        #expect(error?.description.contains("--package") == true)
    }

    @Test func `a package is named by slug or by name, white space at the ends aside`() throws {
        var options = StageOptions()
        options.packages = ["akismet\n", "wp-theme/astra"]
        let selection = try options.selection(Settings(environment: [:]).stages)
        #expect(
            selection.keys.map { "\($0.source) \($0.key)" } == [
                "wordpress-plugins akismet", "wordpress-themes akismet", "wordpress-themes astra",
            ]
        )
    }

    @Test(arguments: ["PACKLINE_BUCKET_URL", "PACKLINE_ONLY", "PACKLINE_DATABASE_URL", "PACKLINE_LOG_LEVEL"])
    func `P14: an empty flag is not the default`(_ name: String) {
        for value in ["", " \n"] {
            let error = #expect(throws: InvalidSettings.self) {
                try Settings(environment: [name: "info"], overrides: [name: value])
            }
            #expect(error?.description.contains(name) == true)
        }
    }
}
