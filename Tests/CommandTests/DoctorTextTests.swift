import ArgumentParser
import Facts
import Foundation
import Testing

@testable import Command
@testable import Store

/// How `packline doctor` judges, and what it says.
@Suite struct DoctorTextTests {
    private let known = SettingsReading(environment: [:]).names

    private func names(_ environment: [String: String]) -> [String] {
        UnknownVariables(in: environment, known: self.known).names.map { "\($0.name) \($0.meant ?? "-")" }
    }

    @Test(arguments: [
        ("PACKLINE_BUKET_URL", "PACKLINE_BUCKET_URL"), ("PACKLINE_DATABASE_URI", "PACKLINE_DATABASE_URL"),
        ("PACKLINE_AUTH_BAISC_FILE", "PACKLINE_AUTH_BASIC_FILE"), ("PACKLIN_ONLY", "PACKLINE_ONLY"),
        ("packline_sources", "PACKLINE_SOURCES"), ("PAKLINE_S3_ENDPOINT", "PACKLINE_S3_ENDPOINT"),
        ("PACKLINE_NOTHING_OF_THE_KIND", "-"),
    ])
    func `a name that is no setting is told, with the one that was meant`(_ name: String, _ meant: String) {
        #expect(self.names([name: "x"]) == ["\(name) \(meant)"])
    }

    @Test func `what others set for their own purposes is not ours to judge`() {
        let theirs = [
            "PACKLINE_SERVE_SERVICE_HOST": "10.0.0.1", "PACKLINE_SERVE_SERVICE_PORT_HTTP": "80",
            "PACKLINE_SERVE_PORT": "tcp://10.0.0.1:80", "PACKLINE_SERVE_PORT_80_TCP_ADDR": "10.0.0.1",
            "PACKLINE_PORT": "8080", "PACKLINE_TAG": "1", "PACKLINE_TEST_POSTGRES": "x", "PACKLINE_EMPTY": "",
            "PACKLINE_FROM_S3_ENDPOINT": "https://x", "PACKLINE_FROM_AWS_ACCESS_KEY_ID": "x", "PATH": "/bin",
            "PACKLINE_DATABASE_URL_FILE": "/x", "PACKAGE_NAME": "x", "AWS_PROFILE": "x",
        ]
        #expect(self.names(theirs) == [])
    }

    @Test func `every setting of the reference is known`() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../docs/reference.md"
        )
        let text = try String(contentsOf: file, encoding: .utf8)
        let names = Set(text.matches(of: /PACKLINE_(?:[A-Z0-9_]*[A-Z0-9])/).map { String($0.output) })
        #expect(names.count > 50)
        // Of some only the beginning is named.
        let named = names.filter { name in !self.known.contains { $0.hasPrefix(name) } && name != "PACKLINE_FROM" }
        #expect(named.filter { !self.names([$0: "x"]).isEmpty } == [])
    }

    @Test func `clocks: all others agree that this machine's is wrong, or one of them is`() {
        func finding(_ all: [(String, Int64)]) -> Finding {
            Doctor.clockFinding(all.map { (who: $0.0, seconds: $0.1) })
        }
        #expect(finding([("the bucket", 1), ("the database", -2)]).status == .ok)
        let behind = finding([("the bucket", 3_660), ("the database", 3_600)])
        #expect(behind.status == .failed)
        #expect(behind.finding == "this machine's clock is 61 minutes behind the bucket and the database")
        let one = finding([("the bucket", 0), ("the database", -120)])
        #expect(one.status == .warning)
        #expect(one.finding.hasSuffix("the database 2 minutes behind"))
        #expect(finding([("the bucket", .max)]).status == .failed)
    }

    @Test func `versions: one after the other is an upgrade, by turns is a mistake`() {
        func run(_ stage: Stage, _ version: String, _ first: Int64, _ last: Int64) -> Store.Participation {
            Store.Participation(stage: stage, version: version, first: RunID(first), last: RunID(last))
        }
        let upgrade = [
            run(.discover, "1", 1, 4), run(.discover, "2", 7, 9), run(.sync, "1", 2, 5), run(.sync, "2", 8, 10),
        ]
        #expect(Doctor.versionFindings(upgrade, here: "2").map(\.status) == [.ok])
        #expect(Doctor.versionFindings(upgrade, here: "1").map(\.status) == [.warning])
        let turns = [run(.update, "1", 1, 8), run(.update, "2", 3, 9)]
        #expect(Doctor.versionFindings(turns, here: "2")[0].finding == "update runs as 1 and as 2 by turns")
        #expect(Doctor.versionFindings([], here: "2").map(\.status) == [.ok])
    }

    @Test func `a database that can't be written, on a full disk or another machine's, is told`() {
        func findings(_ change: (inout DatabaseExamination) -> Void) -> [Finding] {
            var found = DatabaseExamination(engine: "SQLite 3", place: "sqlite:x", schema: .current(23))
            found.volume = Volume(type: "ext4", freeBytes: 1 << 40)
            change(&found)
            return Doctor.findings(found)
        }
        #expect(findings { _ in }.map(\.status) == [.ok])
        let full = findings { $0.volume = Volume(type: "ext4", freeBytes: 3 << 20) }
        #expect(full.map(\.finding) == ["the disk of sqlite:x is full: 3 MB are free"])
        let remote = findings { $0.volume = Volume(type: "nfs4", freeBytes: nil) }
        #expect(remote.map(\.status) == [.warning])
        #expect(remote[0].finding.contains("nfs4") && remote[0].remedy?.contains("PostgreSQL") == true)
        let closed = findings { $0.obstacle = "the file can't be written: Permission denied" }
        #expect(closed.map(\.status) == [.failed])
        #expect(closed[0].remedy?.contains("the user that runs packline") == true)
    }

    @Test func `lines are no longer than a terminal, and remedies stand below`() {
        let long = String(repeating: "something is not as it should be ", count: 6)
        let report = DoctorReport(findings: [.ok("settings", "fine"), Finding("bucket", .failed, long, remedy: long)])
        let lines = report.text().split(separator: "\n")
        #expect(lines[0] == "ok       settings: fine")
        #expect(lines[1].hasPrefix("failed   bucket: something"))
        #expect(lines.contains { $0.hasPrefix("         remedy: something") })
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(report.text(width: 40).split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func `a script reads the status, and what was found`() throws {
        let report = DoctorReport(findings: [.ok("settings", "fine"), .skipped("runs", because: "of that")])
        let text = try StatusCommand.json(report)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["status"] as? String == "ok")
        #expect((object["findings"] as? [[String: Any]])?.map { $0["check"] as? String } == ["settings", "runs"])
    }

    @Test(arguments: [["--timeout", "soon"], ["--timeout", "0"], ["--timeout", "1d"], ["x"]])
    func `P14: a bad flag of doctor is refused`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(["doctor"] + arguments) }
        #expect(error.map { PacklineCommand.exitCode(for: $0) } == .validationFailure)
    }
}
