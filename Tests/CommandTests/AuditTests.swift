import ArgumentParser
import Facts
import Foundation
import Logging
import Store
import TestSupport
import Testing

@testable import Command

/// `packline audit`: what it finds in lock files, and the code that it ends with.
@Suite struct AuditTests {
    private static let lock = """
        {"packages":[{"name":"wp-plugin/Akismet","version":"1.5"},{"name":"acme/unknown","version":"1.0"},\
        {"name":"wp-plugin/closed","version":"v3.0.1"}],\
        "packages-dev":[{"name":"wp-plugin/debug","version":"dev-main"}]}
        """

    /// A database with three packages: one with two advisories, one that is closed, one for development.
    private struct Project {
        let url: String
        let store: Store
        let folder: ConfigurationFolder

        var lock: String { self.folder.path + "/composer.lock" }

        /// The report, and the code that the command ends with.
        func audit(
            _ arguments: [String] = [],
            files: [String]? = nil,
            _ environment: [String: String] = [:]
        ) async throws -> (report: AuditReport?, code: Int32) {
            let parsed = try PacklineCommand.parseAsRoot(["audit"] + arguments + (files ?? [self.lock]))
            let command = try #require(parsed as? AuditCommand)
            let usual = [
                "PACKLINE_DATABASE_URL": self.url, "PACKLINE_ADVISORIES": "off",
                "PACKLINE_ADVISORY_FEEDS": "acme=https://advisories.example.org,other=https://other.example.org",
            ]
            let settings = try Settings(environment: usual.merging(environment) { $1 }.filter { !$0.value.isEmpty })
            do {
                let report = try await command.report(settings)
                return (report, report.isFound(countsClosed: command.closed) ? 2 : 0)
            } catch let code as ExitCode {
                return (nil, code.rawValue)
            }
        }

        func write(_ lock: String) throws { try self.folder.write(lock, "composer.lock") }
    }

    private func with(_ database: TestDatabase, _ body: (Project) async throws -> Void) async throws {
        try await database.withEmpty { url in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let store = try await Store.open(url: url, logger: logger)
            _ = try await store.engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('wordpress-plugins')")
                for slug in ["akismet", "closed", "debug"] {
                    try session.execute(
                        """
                        INSERT INTO packages (source, key, name, due_at_ms, state)
                        VALUES ('wordpress-plugins', \(slug), \("wp-plugin/\(slug)"), 0, 'active')
                        """
                    )
                }
            }
            let folder = try ConfigurationFolder(["composer.lock": Self.lock])
            try await body(Project(url: url, store: store, folder: folder))
        }
    }

    private let known: [AdvisoryRecord] = [
        .test(
            "A",
            of: "wp-plugin/akismet",
            affected: "<=1.5",
            members: #","severity":"critical","cve":"CVE-2026-1","link":"https://acme.example/A""#,
            notices:
                #"[{"notice":"Copyright Acme.","license":"May be copied.","license_url":"https://acme.example/terms"}]"#
        ),
        .test("B", of: "wp-plugin/akismet", affected: "<1.5"),
        .test("C", of: "wp-plugin/debug", affected: "dev-main"),
    ]

    @Test(arguments: TestDatabase.allCases)
    func `P20: what is installed and affected is found, and ends with 2`(_ database: TestDatabase) async throws {
        try await self.with(database) { project in
            try await project.store.takeIn(self.known, of: "acme")
            // Another feed says the same.
            try await project.store.takeIn(
                [.test("A2", of: "wp-plugin/akismet", affected: "<=1.5", record: "record-A")],
                of: "other"
            )
            let (report, code) = try await project.audit()
            let found = try #require(report?.projects.first)
            #expect(code == 2)
            #expect(found.affected.map(\.advisory) == ["A", "C"])
            #expect(found.affected[0].package == "wp-plugin/akismet" && found.affected[0].version == "1.5")
            #expect(found.unknown == ["acme/unknown"] && found.packages == 4)
            let text = try #require(report?.text)
            for line in [
                ": 4 packages, 2 advisories for affected versions\n", "\n  wp-plugin/akismet 1.5  critical\n",
                "\n    CVE-2026-1, A; affected: <=1.5\n", "\n    https://acme.example/A\n",
                "\n  not known here, so nothing is said of them: acme/unknown\n", "\nby acme, read 20",
                "\nby other, read 20",
                "\nCopyright Acme. https://acme.example/terms",
            ] {
                #expect(text.contains(line), "\(line)")
            }
            let json = try StatusCommand.json(try #require(report))
            #expect(json.contains(#""cve" : "CVE-2026-1""#) && json.contains(#""read_at" : "20"#))
            #expect(json.contains(#""license" : "May be copied.""#) && !json.contains("notices"))

            let (without, codeWithout) = try await project.audit(["--no-dev"])
            #expect(without?.projects.first?.affected.map(\.advisory) == ["A"] && codeWithout == 2)
            #expect(without?.text.contains("1 advisory for affected versions") == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a project without affected versions ends with 0, also where packages are closed or unknown`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { project in
            try await project.store.takeIn(self.known, of: "acme")
            try await project.store.close("wp-plugin/closed", on: "2026-08-01", reason: "security-issue")
            try project.write(
                #"{"packages":[{"name":"wp-plugin/akismet","version":"1.6.0"},{"name":"wp-plugin/closed","version":"3"}]}"#
            )
            let (report, code) = try await project.audit()
            #expect(code == 0 && report?.projects.first?.affected.isEmpty == true)
            #expect(report?.text.contains("\n  wp-plugin/closed is closed (security-issue, 2026-08-01)\n") == true)
            #expect(try await project.audit(["--closed"]).code == 2)
            try project.write(#"{"packages":[]}"#)
            #expect(try await project.audit(["--closed"]).code == 0)
            // Affected in one of several projects.
            try project.folder.write(Self.lock, "other.lock")
            let files = [project.lock, project.folder.path + "/other.lock"]
            let (both, codeOfBoth) = try await project.audit(files: files)
            #expect(codeOfBoth == 2 && both?.projects.map(\.affected.count) == [0, 2])
        }
    }

    @Test func `what feeds and lock files say speaks to no terminal and makes no lines, and JSON has it as it is`()
        async throws
    {
        try await self.with(.sqlite) { project in
            let title = #"Wrong\u001b[1A\nmade up"#
            try await project.store.takeIn(
                [.test("A", of: "wp-plugin/akismet", affected: "<=1.5", title: title)],
                of: "acme"
            )
            try project.write(
                #"{"packages":[{"name":"wp-plugin/akismet","version":"1.5"},{"name":"acme/\u001b[2k","version":"1"}]}"#
            )
            let report = try #require(try await project.audit().report)
            let text = Terminal.forOutput(report.text)
            #expect(text.contains("\n    Wrong\u{fffd}[1A made up\n"), "\(text)")
            #expect(text.contains("acme/\u{fffd}[2k\n") && !text.contains("\u{1B}"), "\(text)")
            let json = try StatusCommand.json(report)
            #expect(json.contains(#""Wrong\u001b[1A\nmade up""#) && json.contains(#"acme/\u001b[2k"#), "\(json)")
        }
    }

    @Test func `what can't be read ends with 1`() async throws {
        try await self.with(.sqlite) { project in
            #expect(try await project.audit().code == 1, "no feed was read yet")
            try await project.store.takeIn([], of: "acme")
            #expect(try await project.audit().code == 0)
            for lock in ["", "{", "[]", "{}", #"{"packages":{}}"#, #"{"packages":[{"name":"a/b"}]}"#] {
                try project.write(lock)
                #expect(try await project.audit().code == 1, "\(lock)")
            }
            #expect(try await project.audit(files: [project.folder.path + "/none.lock"]).code == 1)
            #expect(try await project.audit(files: [project.folder.path]).code == 1, "a folder")
            try project.write(Self.lock)
            let nowhere = ["PACKLINE_DATABASE_URL": "sqlite:\(project.folder.path)/none.sqlite"]
            #expect(try await project.audit([], files: nil, nowhere).code == 1)
        }
    }

    @Test func `bad flags and settings without feeds end with 64`() async throws {
        try await self.with(.sqlite) { project in
            let none = ["PACKLINE_ADVISORY_FEEDS": "", "PACKLINE_ADVISORIES": ""]
            let code = try await project.audit([], files: nil, none).code
            #expect(code == 64)
        }
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(["audit", "--no-such-flag"]) }
        if let error { #expect(PacklineCommand.exitCode(for: error).rawValue == 64) }
    }

    @Test func `the verbs that packline has name it, with its codes`() {
        #expect(PacklineCommand.helpMessage().contains("  audit "))
        let help = PacklineCommand.helpMessage(for: AuditCommand.self)
        for text in ["--no-dev", "--closed", "--json", "  2    affected versions"] {
            #expect(help.contains(text), "\(text)")
        }
    }
}
