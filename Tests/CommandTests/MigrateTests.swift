import ArgumentParser
import Composer
import Foundation
import TestSupport
import Testing

@testable import Command

/// `packline migrate`: files that are changed as a whole or not at all, and what it says.
@Suite struct MigrateTests {
    private static let project = """
        {
            "repositories": [
                {"type": "composer", "url": "https://wpackagist.org"},
                {"packagist.org": false}
            ],
            "require": {
                "wpackagist-plugin/akismet": "^5.0",
                "wpackagist-theme/astra": "*"
            },
            "scripts": {"x": "rm -r vendor/wpackagist-plugin/akismet"}
        }
        """
    private static let lock = """
        {
            "packages": [
                {"name": "wpackagist-plugin/akismet", "version": "5.3"},
                {"name": "wpackagist-theme/astra", "version": "4.6"}
            ]
        }

        """

    private func site(_ project: String = Self.project, lock: String? = Self.lock) throws -> ConfigurationFolder {
        var files = ["composer.json": project]
        files["composer.lock"] = lock
        return try ConfigurationFolder(files)
    }

    private func command(_ folder: String, _ arguments: [String] = []) throws -> MigrateCommand {
        let arguments = ["migrate", folder, "--to", "https://packline.example.com"] + arguments
        return try #require(PacklineCommand.parseAsRoot(arguments) as? MigrateCommand)
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `both files are changed, keep their modes, and it says what to do next`() throws {
        let folder = try self.site()
        let path = folder.path + "/composer.json"
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let site = try MigratedSite(self.command(folder.path))
        try site.write()
        #expect(
            try self.text(path)
                == Self.project.replacing("https://wpackagist.org", with: "https://packline.example.com")
                .replacing("\"wpackagist-", with: "\"wp-")
        )
        #expect(try self.text(folder.path + "/composer.lock") == Self.lock.replacing("wpackagist-", with: "wp-"))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == [
                "composer.json", "composer.lock",
            ]
        )
        #expect(
            site.text(isDryRun: false).replacing(folder.path, with: "SITE") == """
                SITE/composer.json is changed:
                  https://wpackagist.org becomes https://packline.example.com
                  2 names in require
                SITE/composer.lock: 2 names, the versions stay
                Left as it is, look at it yourself:
                  line 10, scripts.x: rm -r vendor/wpackagist-plugin/akismet
                Next:
                  composer --working-dir=SITE update --lock --no-install
                  rm -rf SITE/vendor
                  composer --working-dir=SITE install
                Where the repository is private, its password goes into auth.json before that:
                  composer --working-dir=SITE config http-basic.packline.example.com USER PASSWORD

                """
        )
        let again = try MigratedSite(self.command(path))
        #expect(again.isUnchanged)
        #expect(again.text(isDryRun: false).contains("there is nothing to do"))
    }

    @Test func `told to be quiet, it says only what is left to be looked at`() throws {
        let folder = try self.site()
        #expect(
            try MigratedSite(self.command(folder.path)).text(isDryRun: false, isQuiet: true)
                == "Left as it is, look at it yourself:\n  line 10, scripts.x: rm -r vendor/wpackagist-plugin/akismet\n"
        )
        let clean = try self.site(Self.project.replacing("rm -r vendor/wpackagist-plugin/akismet", with: "ls"))
        #expect(try MigratedSite(self.command(clean.path)).text(isDryRun: true, isQuiet: true).isEmpty)
    }

    @Test func `a run that was stopped between the two files is finished by the next`() throws {
        let folder = try self.site()
        try MigratedSite(self.command(folder.path, ["--no-lock"])).write()
        #expect(try self.text(folder.path + "/composer.lock") == Self.lock)
        let site = try MigratedSite(self.command(folder.path))
        #expect(site.migration.isUnchanged)
        try site.write()
        #expect(try self.text(folder.path + "/composer.lock") == Self.lock.replacing("wpackagist-", with: "wp-"))
    }

    @Test func `a symbolic link goes on leading to the file that is changed`() throws {
        let folder = try self.site(lock: nil)
        let files = FileManager.default
        try files.createDirectory(atPath: folder.path + "/site", withIntermediateDirectories: false)
        try files.createSymbolicLink(
            atPath: folder.path + "/site/composer.json",
            withDestinationPath: "../composer.json"
        )
        try MigratedSite(self.command(folder.path + "/site")).write()
        #expect(try files.destinationOfSymbolicLink(atPath: folder.path + "/site/composer.json") == "../composer.json")
        #expect(try self.text(folder.path + "/composer.json").contains("wp-plugin/akismet"))
    }

    @Test(arguments: [
        Self.project, Self.project + "\n", Self.project.replacing("\n", with: "\r\n"), "\u{feff}" + Self.project,
        Self.project.replacing("\n", with: ""), Self.project.replacing("\n", with: "\n\n\n\n\n\n\n\n"),
        Self.project.replacing(
            "org\"},\n",
            with: "org\"}, {\"type\":\"composer\",\n\"url\":\n\"https://repo.wp-packages.org\"\n},\n"
        ),
    ])
    func `the diff of a dry run is one that patch applies, to the same bytes`(_ project: String) async throws {
        let folder = try self.site(project, lock: nil)
        let site = try MigratedSite(self.command(folder.path, ["--dry-run"]))
        let diff = String(decoding: site.diff, as: UTF8.self)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/composer.json")) == Data(project.utf8))
        try folder.write(diff, "site.diff")
        var patch = ChildProcess(
            ["patch", "--binary", "--silent", folder.path + "/composer.json", folder.path + "/site.diff"]
        )
        patch.errors = .inOutput
        #expect(try await patch.run().text == "")
        let byPatch = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/composer.json"))
        try folder.write(project, "composer.json")
        try MigratedSite(self.command(folder.path)).write()
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/composer.json")) == byPatch)
    }

    @Test func `the diff shows the lines around a change, as diff does`() throws {
        let folder = try self.site(lock: nil)
        let diff = try String(decoding: MigratedSite(self.command(folder.path)).diff, as: UTF8.self)
        #expect(
            diff.replacing(folder.path, with: "SITE") == """
                --- SITE/composer.json
                +++ SITE/composer.json
                @@ -1,11 +1,11 @@
                 {
                     "repositories": [
                -        {"type": "composer", "url": "https://wpackagist.org"},
                +        {"type": "composer", "url": "https://packline.example.com"},
                         {"packagist.org": false}
                     ],
                     "require": {
                -        "wpackagist-plugin/akismet": "^5.0",
                -        "wpackagist-theme/astra": "*"
                +        "wp-plugin/akismet": "^5.0",
                +        "wp-theme/astra": "*"
                     },
                     "scripts": {"x": "rm -r vendor/wpackagist-plugin/akismet"}
                 }
                \\ No newline at end of file

                """
        )
    }

    @Test(arguments: [
        ("{", ":1:2: "), ("[]", "it is no object"), ("{\"require\": {},}", "no comma before a closing bracket"),
        ("{\"require\":{\"php\":\"*\"}}", "no repository of wpackagist.org or wp-packages.org"),
        ("{\"require\":{\"wpackagist-plugin/a\":\"1\",\"wp-plugin/a\":\"2\"}}", "would both be wp-plugin/a"),
    ])
    func `P14: a file that can't be migrated is refused by name, and nothing is written`(
        _ project: String,
        _ reason: String
    ) throws {
        let folder = try self.site(project)
        let failure = #expect(throws: MigrationFailure.self) { try MigratedSite(self.command(folder.path)) }
        #expect(failure?.description.contains(folder.path + "/composer.json") == true)
        #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
        #expect(try self.text(folder.path + "/composer.lock") == Self.lock)
    }

    @Test func `P14: a lock that is no JSON is refused before composer.json is written`() throws {
        let folder = try self.site(lock: "<<<<<<< HEAD")
        let failure = #expect(throws: MigrationFailure.self) { try MigratedSite(self.command(folder.path)) }
        #expect(failure?.description.contains("composer.lock:1:1: ") == true)
    }

    @Test func `P14: a folder without composer.json, and one that is not there, are refused`() throws {
        let folder = try ConfigurationFolder()
        for place in [folder.path, folder.path + "/no"] {
            let failure = #expect(throws: MigrationFailure.self) { try MigratedSite(self.command(place)) }
            #expect(failure?.description.contains(place) == true)
        }
    }

    @Test(arguments: [
        ["migrate"], ["migrate", "--to", ""], ["migrate", "--to", "packline.example.com"],
        ["migrate", "--to", "ftp://x"], ["migrate", "--to", "https://user:secret@x"],
        ["migrate", "--to", "https://x/?a"],
        ["migrate", "--to", "https://x/\"y"], ["migrate", "--to", "https://x", "--plugin-vendor", "A B"],
        ["migrate", "--to", "https://x", "--plugin-vendor", "wp-theme"],
        ["migrate", "--to", "https://x", "--theme-vendor", "wp-plugin"],
        ["migrate", "--to", "https://x", "--plugin-vendor", "x", "--theme-vendor", "x"],
        ["migrate", "--to", "https://x", "--keep", "akismet"], ["migrate", "--to", "https://x", "--from", "https://y"],
    ])
    func `P14: migrate says what its flags take`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(arguments) }
        #expect(error.map { PacklineCommand.exitCode(for: $0) } == .validationFailure)
    }

    @Test
    func `a repository that Composer's own settings name is added by a command, and one of another host by a flag`()
        throws
    {
        let global = try self.site("{\"require\": {\"wpackagist-plugin/akismet\": \"*\"}}", lock: nil)
        let text = try MigratedSite(self.command(global.path)).text(isDryRun: false)
        #expect(text.contains("config repositories.packline composer https://packline.example.com\n"))
        let proxy = try self.site(Self.project.replacing("wpackagist.org", with: "proxy.example.com:8443/x"))
        try MigratedSite(self.command(proxy.path, ["--from", "proxy.example.com"])).write()
        #expect(try self.text(proxy.path + "/composer.json").contains("\"url\": \"https://packline.example.com\""))
    }

    @Test func `what is installed under old names goes first, wherever it is, and stays where no name changes`() throws
    {
        let elsewhere = Self.project.replacing(
            "\"scripts\"",
            with: "\"config\": {\"vendor-dir\": \"lib\"}, \"scripts\""
        )
        let moved = try self.site(elsewhere)
        #expect(
            try MigratedSite(self.command(moved.path)).text(isDryRun: false).contains("  rm -rf \(moved.path)/lib\n")
        )
        for trap in ["/", ".", "a/../..", "$HOME", "x; reboot", "-x", ""] {
            try moved.write(elsewhere.replacing("lib", with: trap), "composer.json")
            let text = try MigratedSite(self.command(moved.path)).text(isDryRun: false)
            #expect(text.contains("remove the folder that vendor-dir in") && !text.contains("rm -rf"), "\(trap)")
        }
        let same = try self.site(
            Self.project.replacing("wpackagist.org", with: "wp-packages.org"),
            lock: "{\"packages\": []}"
        )
        let text = try MigratedSite(self.command(same.path)).text(isDryRun: false)
        #expect(text.contains("update --lock\n") && !text.contains("rm -rf"))
    }

    @Test func `an address without TLS, and a port, are in the commands that come next`() throws {
        let folder = try self.site()
        let arguments = ["migrate", folder.path, "--to", "http://127.0.0.1:8080"]
        let command = try #require(PacklineCommand.parseAsRoot(arguments) as? MigrateCommand)
        let text = try MigratedSite(command).text(isDryRun: false)
        #expect(text.contains("config secure-http false\n"))
        #expect(text.contains("config http-basic.127.0.0.1:8080 USER PASSWORD\n"))
    }

    @Test func `a file that is gone when it is to be written is told of, and the other one stays`() throws {
        let folder = try self.site()
        let site = try MigratedSite(self.command(folder.path))
        try FileManager.default.removeItem(atPath: folder.path + "/composer.json")
        let failure = #expect(throws: EditedFile.Failure.self) { try site.write() }
        #expect(failure?.description.contains("/composer.json can't be written") == true)
        #expect(try self.text(folder.path + "/composer.lock") == Self.lock)
    }

    @Test func `a file of patches by name, and packages that require old names, are told of`() throws {
        let project = Self.project.replacing(
            "\"scripts\"",
            with: "\"extra\": {\"patches-file\": \"p.json\"}, \"scripts\""
        )
        let lock = Self.lock.replacing(
            "\"packages\": [",
            with: "\"packages\": [{\"name\":\"acme/kit\",\"require\":{\"wpackagist-plugin/akismet\":\"*\"}},"
        )
        let folder = try self.site(project, lock: lock)
        try folder.write("{\"patches\":{\"wpackagist-plugin/akismet\":{}}}", "p.json")
        let text = try MigratedSite(self.command(folder.path)).text(isDryRun: true)
        #expect(text.contains("p.json names packages by their old names"))
        #expect(text.contains("acme/kit requires wpackagist-plugin/akismet"))
        try folder.write(project.replacing("rm -r", with: "\\u001b[2J\\u0007"), "composer.json")
        let quiet = try MigratedSite(self.command(folder.path)).text(isDryRun: true)
        #expect(quiet.contains("scripts.x: \u{fffd}[2J\u{fffd} vendor"), "nothing in a file speaks to the terminal")
        #expect(text.contains("Next: the same without --dry-run, and then"))
    }
}
