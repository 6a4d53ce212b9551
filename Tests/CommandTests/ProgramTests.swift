import Foundation
import TestSupport
import Testing

/// The executable itself, called as by a shell.
@Suite struct ProgramTests {
    /// Runs a script in a folder of its own, in which `packline` is the executable that was built with the tests.
    private func run(_ script: String, _ environment: [String: String] = [:]) async throws -> ChildProcess.End {
        let folder = try ConfigurationFolder()
        defer { withExtendedLifetime(folder) {} }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: tests).deletingLastPathComponent().appending(path: "packline").path
        var shell = ChildProcess(["sh", "-c", "packline() { '\(program)' \"$@\"; }\n" + script])
        shell.folder = folder.path
        shell.errors = .inOutput
        let usual = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PACKLINE_") }
        shell.environment = usual.merging(["PACKLINE_DATABASE_URL": "sqlite:x.sqlite"]) { $1 }
            .merging(environment) { $1 }
        return try await shell.run()
    }

    /// Of a pipe whose reader has gone, for descriptor 4.
    private static let brokenPipe = "mkfifo pipe; exec 3<>pipe 4>pipe 3<&-\n"

    @Test(arguments: ["2>/dev/full", "2>&-", "--log-format json 2>/dev/full", "2>&4", "2>&- >&- <&-"])
    func `a stage whose log can't be written goes on and ends as it would`(_ redirection: String) async throws {
        let end = try await self.run(Self.brokenPipe + "packline update \(redirection)")
        #expect(end.status == 0 && end.text.isEmpty, "\(end.text)")
        let refused = try await self.run(Self.brokenPipe + "packline update --limit x \(redirection)")
        #expect(refused.status == 64 && refused.text.isEmpty, "\(refused.text)")
    }

    private static let outputs = [
        "status", "status --json", "who --shared", "update --dry-run", "init --yes",
        "migrate . --to https://p.example --dry-run", "--help", "--version",
        "--generate-completion-script bash",
    ]

    @Test(arguments: outputs)
    func `what is asked for and can't be written is an error, and a reader that goes is none`(
        _ words: String
    ) async throws {
        let site = #"{"repositories":[{"type":"composer","url":"https://wpackagist.org"}]}"#
        let before = Self.brokenPipe + "packline update -q\necho '\(site)' > composer.json\n"
        for place in ["/dev/full", "&-"] {
            let end = try await self.run(before + "packline \(words) >\(place)")
            #expect(end.status == 1, "\(end.text)")
            let why = place == "&-" ? "Bad file descriptor" : "No space left on device"
            #expect(end.text.hasSuffix("standard output can't be written: \(why)\n"), "\(end.text)")
        }
        let unread = try await self.run(before + "packline \(words) >&4")
        #expect(unread.status == 141 && !unread.text.contains("standard output"), "\(unread.text)")
    }

    @Test(arguments: ["", "--help", "doctor --help", "help doctor", "sync verify -h", "sync copy --help"])
    func `help is shown on a terminal of any width`(_ words: String) async throws {
        for columns in [1, 20, 26, 27] {
            let end = try await self.run("packline \(words)", ["COLUMNS": "\(columns)"])
            #expect(end.status == 0 && end.text.hasPrefix("OVERVIEW:"), "\(columns): \(end.text)")
        }
    }
}
