import ComposerRepository
import Facts
import Foundation
import Pipeline
import TestSupport
import Testing
import Upstream

@testable import Command

/// The file of `PACKLINE_CONFIG`: what it says, and what wins over it.
@Suite struct ConfigurationFileTests {
    @Test func `a section has everything that a repository can be told`() throws {
        let folder = try ConfigurationFolder([
            "secret": "hush\n", "composer.lock": #"{"packages": [{"name": "other/locked"}]}"#,
        ])
        let repositories = try folder.repositories(
            """
            # The order is that of precedence.
            sources:
              wordpress-plugins: {}
              composer:acme:
                url: https://composer.acme.example/
                authentication: { basic: { user: u, password-file: DIR/secret } }
                only: [acme/*, Other/Lib, DIR/composer.lock]
                exclude: [acme/legacy-*]
                require: true
                rate: 0.5
                requests-at-once: 8
                period: 12h
              composer:packagist:
            private: true
            """
        )
        var acme = RepositorySettings(name: "acme", url: "https://composer.acme.example")
        acme.authentication = .basic(user: "u", password: "hush")
        acme.only = NameSelection(names: ["other/lib", "other/locked"], patterns: ["acme/*"])
        acme.exclude = NameSelection(patterns: ["acme/legacy-*"])
        (acme.requires, acme.requestsPerSecond, acme.concurrency, acme.periodSeconds) = (true, 0.5, 8, 43_200)
        var packagist = RepositorySettings(name: "packagist", url: "https://repo.packagist.org")
        packagist.concurrency = 10
        #expect(repositories == [acme, packagist])
    }

    @Test(arguments: [
        ("bearer: { token-file: DIR/secret }", RepositoryAuthentication.bearer("hush")),
        ("bearer: { token-variable: ACME_TOKEN }", .bearer("quiet")),
        ("bearer: { token-variable: ACME_OTHER }", .bearer("hush")),
        ("header: { name: PRIVATE-TOKEN, value-file: DIR/secret }", .header(name: "PRIVATE-TOKEN", value: "hush")),
        ("basic: { user: 1234, password-variable: ACME_TOKEN }", .basic(user: "1234", password: "quiet")),
    ])
    func `secrets come from files or from the environment`(
        _ scheme: String,
        _ expected: RepositoryAuthentication
    ) throws {
        let folder = try ConfigurationFolder(["secret": "hush\n"])
        let repositories = try folder.repositories(
            "sources: { composer:a: { url: 'https://a.example', authentication: { \(scheme) } } }",
            ["ACME_TOKEN": "quiet", "ACME_OTHER_FILE": "DIR/secret"]
        )
        #expect(repositories.map(\.authentication) == [expected])
        #expect(!"\(repositories)".contains("hush") && !"\(repositories)".contains("quiet"))
    }

    @Test func `a single source needs variables only, which win over its section`() throws {
        let folder = try ConfigurationFolder()
        let environment = [
            "PACKLINE_SOURCES": "wordpress-core, composer:acme", "PACKLINE_COMPOSER_URL": "https://acme.example",
            "PACKLINE_COMPOSER_USER": "u", "PACKLINE_COMPOSER_PASSWORD": "hush",
            "PACKLINE_COMPOSER_ONLY": "acme/* , other/lib", "PACKLINE_COMPOSER_EXCLUDE": "acme/x",
            "PACKLINE_COMPOSER_REQUIRE": "true", "PACKLINE_COMPOSER_RATE": "2",
            "PACKLINE_COMPOSER_REQUESTS_AT_ONCE": "3", "PACKLINE_COMPOSER_PERIOD": "90m",
        ]
        var acme = RepositorySettings(name: "acme", url: "https://acme.example")
        acme.authentication = .basic(user: "u", password: "hush")
        acme.only = NameSelection(names: ["other/lib"], patterns: ["acme/*"])
        acme.exclude = NameSelection(names: ["acme/x"])
        (acme.requires, acme.requestsPerSecond, acme.concurrency, acme.periodSeconds) = (true, 2, 3, 5_400)
        #expect(try folder.repositories("", environment) == [acme])
        // The whole authentication of the section gives way, and of other keys each for itself.
        let section = """
            sources:
              composer:acme:
                url: https://elsewhere.example
                authentication: { bearer: { token-variable: NONE } }
                rate: 7
                period: 1d
            """
        #expect(try folder.repositories(section, environment) == [acme])
        let token = ["PACKLINE_COMPOSER_TOKEN": "t", "PACKLINE_COMPOSER_PERIOD": ""]
        let mixed = try folder.repositories(section, token)
        #expect(mixed.first?.authentication == .bearer("t") && mixed.first?.requestsPerSecond == 7)
        #expect(mixed.first?.periodSeconds == 86_400 && mixed.first?.url == "https://elsewhere.example")
    }

    @Test func `the file decides which sources are on and in which order, and PACKLINE_SOURCES wins`() throws {
        let folder = try ConfigurationFolder()
        let yaml = "sources: { wordpress-core: , wordpress-themes: {} }"
        func names(_ environment: [String: String]) throws -> [String] {
            try folder.settings(yaml, environment).stages.sources.map(\.name.rawValue)
        }
        #expect(try names([:]) == ["wordpress-core", "wordpress-themes"])
        #expect(try names(["PACKLINE_SOURCES": "wordpress-themes"]) == ["wordpress-themes"])
        #expect(try names(["PACKLINE_SOURCES": "wordpress-plugins"]) == ["wordpress-plugins"])
        // A section whose source is off is not looked into: its secrets need not be there.
        #expect(
            try folder.problems(
                "sources: { composer:a: { authentication: { bearer: { token-file: /none } } } }",
                ["PACKLINE_SOURCES": "wordpress-core"]
            ) == []
        )
    }

    @Test func `settings that are variables elsewhere are keys at the top, and variables win`() throws {
        let folder = try ConfigurationFolder(["database": "postgres://u:p@h/d\n"])
        let yaml = """
            lease-seconds: 60
            log-format: json
            database-url-file: DIR/database
            redirect-hosts: [a.example, "b.example:8443"]
            vendors: [a, b]
            contact: ~
            private: true
            """
        let settings = try folder.settings(yaml, ["PACKLINE_LOG_FORMAT": "text", "PACKLINE_CONTACT": ""])
        #expect(settings.stages.leaseSeconds == 60 && settings.logFormat == .text && settings.isPrivate)
        #expect(settings.databaseURL == "postgres://u:p@h/d" && settings.contact == nil)
        #expect(settings.redirectHosts == ["a.example", "b.example:8443"])
        #expect(settings.stages.patterns.map(\.pattern) == ["a/*", "b/*"])
        // A variable wins together with its _FILE, whichever of the two it is.
        try folder.write("eu-1", "contact")
        let other = try folder.settings("contact: https://x.example", ["PACKLINE_CONTACT_FILE": "DIR/contact"])
        #expect(other.contact == "eu-1")
    }

    @Test func `PACKLINE_ONLY cuts down the sources whose packages it can name, and no others`() throws {
        let settings = try ConfigurationFolder().settings("", ["PACKLINE_ONLY": "akismet"]).stages
        #expect(
            settings.only(of: SourceName("wordpress-themes"))?.contains("akismet", of: SourceName("wordpress-themes"))
                == true
        )
        #expect(settings.only(of: SourceName("composer:acme")) == nil)
    }

    @Test func `an empty file says nothing, and no file is read by itself`() throws {
        let folder = try ConfigurationFolder()
        for yaml in ["", "# nothing\n", "---\n", "{}"] {
            #expect(try folder.settings(yaml).stages.sources.count == 2)
        }
        #expect(try Settings(environment: ["PACKLINE_CONFIG": " "]).stages.sources.count == 2)
    }
}

/// The example in the documentation is what the program reads.
@Suite struct ConfigurationExampleTests {
    private static let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/packline.yaml.example")

    @Test func `the example of the documentation is valid, and has every key of a section`() throws {
        let folder = try ConfigurationFolder([
            "acme": "hush", "readers": "token", "composer.json": #"{"require": {"php": "*", "a/one": "*"}}"#,
            "composer.lock": #"{"packages": [{"name": "a/two"}]}"#,
        ])
        let yaml = try String(contentsOf: Self.example, encoding: .utf8).replacing("/run/secrets/", with: "DIR/")
            .replacing("sites/shop/", with: "DIR/")
        #expect(try folder.problems(yaml, isServing: true) == [])
        let repositories = try folder.repositories(yaml)
        let acme = try #require(repositories.first)
        #expect(acme.only == NameSelection(names: ["a/one", "a/two", "other/library"], patterns: ["acme/*"]))
        #expect(acme.authentication != nil && !acme.exclude.isEmpty && acme.requires && acme.periodSeconds == 43_200)
        #expect(acme.requestsPerSecond == 10 && acme.concurrency == 8 && repositories.count == 2)
        #expect(try folder.settings(yaml).stages.publicURL == "https://packages.example.org")
    }
}
