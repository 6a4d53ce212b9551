import ArgumentParser
import Foundation
import Pipeline
import TestSupport
import Testing

@testable import Command

/// `packline init`: what it makes of flags, answers and lock files, and the file that it writes.
@Suite struct InitTests {
    private static let lock = """
        {"packages": [
          {"name": "wpackagist-plugin/akismet", "version": "5.3"}, {"name": "wp-theme/astra", "version": "4.0"},
          {"name": "roots/wordpress", "type": "wordpress-core", "version": "6.5",
           "notification-url": "https://packagist.org/downloads/"},
          {"name": "Symfony/console", "version": "v7.0", "notification-url": "https://packagist.org/downloads/"},
          {"name": "acme/site-kit", "version": "1.0", "dist": {"url": "https://composer.acme.example/site-kit.zip"}}
        ], "packages-dev": [{"name": "wp-plugin/query-monitor", "version": "3.0"}]}
        """

    private func command(_ arguments: [String]) throws -> InitCommand {
        try #require(try PacklineCommand.parseAsRoot(["init"] + arguments) as? InitCommand)
    }

    /// With the lock above, as `LOCK`.
    private func answers(_ arguments: [String]) throws -> InitAnswers {
        let folder = try ConfigurationFolder(["composer.lock": Self.lock])
        defer { withExtendedLifetime(folder) {} }
        return try self.command(arguments.map { $0.replacing("LOCK", with: folder.path + "/composer.lock") }).answers()
    }

    private func problem(_ arguments: [String]) -> String {
        do {
            _ = try self.answers(arguments)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let combinations: [[String]] = [
        [], ["--lock", "LOCK"], ["--source", "packagist", "--lock", "LOCK"], ["--source", "wordpress-core"],
        ["--source", "wordpress-plugins,wordpress-themes,wordpress-core", "--source", "packagist", "--lock", "LOCK"],
        ["--source", "acme=https://composer.acme.example/p", "--lock", "LOCK", "--contact", "Ops of Acme & Co. $1 #2"],
        [
            "--only", "akismet,theme:astra", "--bucket", "s3://packages/some/prefix", "--s3-endpoint",
            "http://127.0.0.1:9",
        ],
        ["--database", "postgres://u:p%40w@db.example/packline?sslmode=require&connect_timeout=5", "--bucket", "none"],
        ["--bucket", "file:/srv/with a blank", "--public-url", "https://packages.example.org"],
    ]

    @Test(arguments: combinations)
    func `the program knows every setting that the file has, commented out or not, and takes its values`(
        _ arguments: [String]
    ) throws {
        let answers = try self.answers(arguments)
        let text = EnvironmentText.file(answers)
        let known = SettingsReading(environment: [:]).names
        for line in text.split(separator: "\n") where !line.hasPrefix("# ") {
            let name = String(line.drop { $0 == "#" }.prefix { $0 != "=" })
            #expect(known.contains(name.replacing("_FILE", with: "")), "\(line)")
            #expect(line.wholeMatch(of: /#?[A-Z0-9_]+=([A-Za-z0-9_.\/:,@%+=-]+|'[^'\\]*')/) != nil, "\(line)")
            #expect(line.utf8.count < 150)
        }
        // As the file, read by a shell.
        let folder = try ConfigurationFolder(["packline.env": text])
        defer { withExtendedLifetime(folder) {} }
        var environment = try Self.shell("set -a; . '\(folder.path)/packline.env'; set +a")
        #expect(environment == answers.variables)
        environment["AWS_ACCESS_KEY_ID"] = "key"
        environment["AWS_SECRET_ACCESS_KEY"] = "secret"
        let reading = SettingsReading(environment: environment)
        #expect(reading.problems == [])
        #expect(UnknownVariables(in: environment, known: reading.names).names.isEmpty)
    }

    /// The variables that a shell has after a script, besides its own.
    private static func shell(_ script: String) throws -> [String: String] {
        var shell = ChildProcess(["sh", "-c", script + "; env -0"])
        shell.environment = ["PATH": "/usr/bin:/bin"]
        var variables: [String: String] = [:]
        for entry in try shell.runBlocking().output.split(separator: 0) {
            let parts = String(decoding: entry, as: UTF8.self).split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].hasPrefix("PACKLINE_") { variables[String(parts[0])] = String(parts[1]) }
        }
        return variables
    }

    @Test func `locks say what is taken of each source, and what is not`() throws {
        let sites = try self.answers(["--lock", "LOCK"])
        #expect(sites.sources == ["wordpress-plugins", "wordpress-themes"])
        #expect(sites.only == "plugin:akismet,plugin:query-monitor,theme:astra")
        #expect(
            sites.leftOut == [
                "2 of Packagist (--source packagist)", "1 of other repositories: acme/site-kit (--source NAME=URL)",
            ]
        )
        let packagist = try self.answers(["--source", "packagist", "--lock", "LOCK"])
        #expect(packagist.variables["PACKLINE_COMPOSER_ONLY"] == "roots/wordpress,symfony/console")
        #expect(packagist.variables["PACKLINE_COMPOSER_REQUIRE"] == "true")
        #expect(packagist.variables["PACKLINE_ONLY"] == nil)
        let acme = try self.answers(["--source", "acme=https://composer.acme.example", "--lock", "LOCK"])
        #expect(acme.variables["PACKLINE_SOURCES"] == "composer:acme")
        #expect(acme.variables["PACKLINE_COMPOSER_ONLY"] == "acme/site-kit")
        let all = try self.answers(["--source", "wordpress-core,wordpress-plugins", "--lock", "LOCK"])
        #expect(all.only == "plugin:akismet,plugin:query-monitor,core:wordpress")
        #expect(all.leftOut.first == "1 of WordPress.org (--source wordpress-themes)")
    }

    private static let small = """
        {"packages": [{"name": "wp-plugin/akismet"}, {"name": "wp-core/wordpress", "type": "wordpress-core"}]}
        """

    @Test func `each source has what the locks have of it, and one of which they have nothing is refused`() throws {
        let folder = try ConfigurationFolder(["composer.lock": Self.small])
        let lock = ["--lock", folder.path + "/composer.lock"]
        for source in ["wordpress-themes", "wordpress-plugins,wordpress-themes", "packagist"] {
            let error = #expect(throws: InvalidSettings.self) { try self.answers(["--source", source] + lock) }
            let missing = source == "packagist" ? "composer:packagist" : "wordpress-themes"
            #expect(error?.description.contains("--lock names no package of \(missing), all") == true)
        }
        let core = try self.answers(["--source", "wordpress-core"] + lock)
        #expect(core.only == "core:wordpress" && core.selected == 1)
        #expect(core.leftOut == ["1 of WordPress.org (--source wordpress-plugins)"])
        let sites = try self.answers(lock)
        #expect(sites.sources == ["wordpress-plugins"] && sites.only == "plugin:akismet")
        #expect(sites.leftOut == ["1 of WordPress.org (--source wordpress-core)"])
        let both = try self.answers(["--source", "wordpress-core,wordpress-plugins"] + lock)
        #expect(both.leftOut.isEmpty && both.only == "plugin:akismet,core:wordpress")
        try folder.write(#"{"packages": [{"name": "wp-plugin/akismet"}]}"#, "composer.lock")
        #expect(throws: InvalidSettings.self) { try self.answers(["--source", "wordpress-core"] + lock) }
        try folder.write(#"{"packages": []}"#, "composer.lock")
        #expect(throws: InvalidSettings.self) { try self.answers(lock) }
    }

    @Test(arguments: [
        (["--source", "wordpres-plugins"], "did you mean 'wordpress-plugins'?"), (["--source", ""], "--source is ''"),
        (["--source", "packagist,packagist"], "twice"),
        (["--source", "packagist", "--source", "a=https://x"], "several"),
        (["--source", "acme=ftp://x"], "--source is not a URL"),
        (["--source", "ACME=https://x.example"], "composer:ACME"),
        (["--bucket", "ftp://x"], "--bucket"), (["--bucket", ""], "--bucket is empty"),
        (["--database", "oracle://x"], "--database"), (["--public-url", "packages"], "--public-url"),
        (["--bucket", "s3://b", "--s3-endpoint", "nonsense"], "--s3-endpoint"),
        (["--contact", "it's me"], "--contact has a quote"),
        (["--lock", "/no/such.lock"], "'/no/such.lock', which can't be read"), (["--only", "a b/c"], "--only"),
        (["--lock", "LOCK", "--only", "akismet"], "leave one of them out"),
        (["--source", "acme=https://other.example", "--lock", "LOCK"], "names no package of composer:acme"),
        (["--lock", #filePath], "is no composer.lock"),
    ])
    func `P14: what can't be is said by the name of its flag, before anything is written`(
        _ arguments: [String],
        _ words: String
    ) {
        let problem = self.problem(arguments)
        #expect(problem.contains(words), "\(problem)")
    }

    @Test func `a person is asked until the answer can be used, and for nothing that a flag has said`() throws {
        var lines = [
            "wordpres-plugins", "wordpress-plugins", "/no/such.lock", "", "s3://b", "", "packages", "https://p.example",
            "me@x",
        ]
        var said = ""
        let questions = InitQuestions(read: { lines.isEmpty ? nil : lines.removeFirst() }) { said += $0 }
        let command = try self.command(["--database", "sqlite:x.sqlite"])
        var answers = try command.answers()
        try questions.fill(&answers, command)
        #expect(lines.isEmpty)
        #expect(answers.sources == ["wordpress-plugins"] && answers.bucket == "s3://b" && answers.contact == "me@x")
        #expect(answers.publicURL == "https://p.example" && answers.s3Endpoint == nil && answers.only == nil)
        #expect(said.contains("did you mean 'wordpress-plugins'?") && said.contains("/no/such.lock"))
        #expect(
            said.contains("\npublic-url is not a URL")
                || said.contains("> public-url is not a URL") && !said.contains("Database?")
        )
        let ended = InitQuestions(read: { nil }) { _ in }
        #expect(throws: InvalidSettings.self) { try ended.fill(&answers, command) }
    }

    @Test func `the file is its owner's alone, and one that is there is replaced only when that is said`() throws {
        let folder = try ConfigurationFolder(["old.env": "old"])
        let path = folder.path + "/old.env"
        for attempt in [
            { try EnvironmentFile(path: path, replaces: false).check() },
            { try EnvironmentFile(path: path, replaces: false).write("x") },
        ] {
            let error = #expect(throws: InvalidSettings.self) { try attempt() }
            #expect(error?.description.contains("--force") == true)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        try EnvironmentFile(path: path, replaces: true).write("new")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old.env"])
        for path in [folder.path, folder.path + "/none/x.env", ""] {
            #expect(throws: InvalidSettings.self) { try EnvironmentFile(path: path, replaces: true).check() }
        }
    }

    @Test func `the next commands are said`() throws {
        let text = try self.command(["--output", "my settings.env"]).summary(of: try self.answers(["--lock", "LOCK"]))
        #expect(text.contains("wrote my settings.env: 3 packages of wordpress-plugins, wordpress-themes"))
        #expect(text.contains("    set -a; . './my settings.env'; set +a\n    packline doctor\n    packline run"))
    }
}
