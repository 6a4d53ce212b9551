import Facts
import Pipeline
import TestSupport
import Testing

@testable import Command

/// Who says what is vulnerable, and where it is published.
@Suite struct AdvisorySettingsTests {
    private func problems(_ environment: [String: String]) -> [String] {
        do {
            _ = try Settings(environment: environment)
            return []
        } catch let error as InvalidSettings {
            return error.problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `nothing set publishes what upstream says, and asks nobody`() throws {
        let advisories = try Settings(environment: [:]).stages.advisories
        #expect(advisories.mode == .upstream && advisories.feeds.isEmpty && advisories.joined.isEmpty)
    }

    @Test func `feeds are in the order in which they are named`() throws {
        let advisories = try Settings(environment: [
            "PACKLINE_ADVISORIES": "separate", "PACKLINE_WORDFENCE_KEY": "hush",
            "PACKLINE_ADVISORY_FEEDS": "acme=https://advisories.example.org/sub, wordfence, packagist, composer:shop",
            "PACKLINE_SOURCES": "wordpress-plugins,composer:shop", "PACKLINE_COMPOSER_URL": "https://shop.example.org",
            "PACKLINE_ADVISORIES_MINUTES": "60",
        ]).stages.advisories
        #expect(advisories.joined == ["acme", "wordfence", "packagist", "composer:shop"].map { SourceName($0) })
        #expect(advisories.mode == .separate && advisories.period == .seconds(3_600))
    }

    @Test func `in the file they are a list, and the key is in a file of its own`() throws {
        let folder = try ConfigurationFolder()
        try folder.write("hush\n", "key")
        let advisories = try folder.settings(
            """
            advisories: inline
            advisory-feeds: [wordfence, "acme=https://advisories.example.org"]
            wordfence-key-file: \(folder.path)/key
            """
        ).stages.advisories
        #expect(advisories.joined == [SourceName("wordfence"), SourceName("acme")])
    }

    @Test func `what is known and published nowhere is kept for audits`() throws {
        let advisories = try Settings(environment: [
            "PACKLINE_ADVISORIES": "off", "PACKLINE_ADVISORY_FEEDS": "packagist",
        ]).stages.advisories
        #expect(advisories.feeds.count == 1 && advisories.joined.isEmpty)
    }

    @Test(arguments: [
        (["PACKLINE_ADVISORIES": "seperate"], "it takes one of: upstream, off, separate, inline"),
        (["PACKLINE_ADVISORIES": "inline"], "no feed to have advisories from"),
        (["PACKLINE_ADVISORY_FEEDS": "packagist"], "does not say where their advisories go"),
        (
            ["PACKLINE_ADVISORY_FEEDS": "packagist", "PACKLINE_ADVISORIES": "upstream"],
            "nothing of PACKLINE_ADVISORY_FEEDS"
        ),
        (
            ["PACKLINE_ADVISORY_FEEDS": "wordfence", "PACKLINE_ADVISORIES": "off"],
            "wants a key: set PACKLINE_WORDFENCE_KEY"
        ),
        (["PACKLINE_ADVISORY_FEEDS": "wordfense", "PACKLINE_ADVISORIES": "off"], "'wordfense'"),
        (["PACKLINE_ADVISORY_FEEDS": "a=ftp://x", "PACKLINE_ADVISORIES": "off"], "an address that can't be used"),
        (
            ["PACKLINE_ADVISORY_FEEDS": "A B=https://x", "PACKLINE_ADVISORIES": "off"],
            "small letters, digits and dashes"
        ),
        (["PACKLINE_ADVISORY_FEEDS": "packagist,packagist", "PACKLINE_ADVISORIES": "off"], "names 'packagist' twice"),
        (["PACKLINE_WORDFENCE_KEY": ""], "set and empty"),
        (["PACKLINE_ADVISORIES_MINUTES": "0"], "PACKLINE_ADVISORIES_MINUTES"),
    ])
    func `what can't be meant is said with its remedy`(_ environment: [String: String], _ problem: String) {
        let problems = self.problems(environment)
        #expect(problems.count == 1 && problems.first?.contains(problem) == true, "\(problems)")
    }
}
