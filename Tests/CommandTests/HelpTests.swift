import ArgumentParser
import Foundation
import Testing

@testable import Command

/// What `packline --help` and the help of each verb say.
@Suite struct HelpTests {
    private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    @Test func `the program's help shows every verb with an example`() {
        let text = PacklineCommand.helpMessage(columns: 80)
        for verb in PacklineCommand.configuration.subcommands {
            let name = verb.configuration.commandName ?? ""
            #expect(text.contains("\n  \(name) "), "\(name) is not listed")
            #expect(text.contains("\n  packline \(name)"), "no example of \(name)")
        }
    }

    @Test(arguments: ["discover", "update", "sync", "run", "verify"])
    func `each stage's help shows its flags at once`(_ name: String) throws {
        let verb = try #require(PacklineCommand.verbs.first { $0.configuration.commandName == name })
        let text = PacklineCommand.helpMessage(for: verb, columns: 80)
        for flag in ["--dry-run", "--every <duration>", "-q, --quiet", "--no-progress", "--log-format"] {
            #expect(text.contains("\n  \(flag)"), "\(flag)")
        }
        #expect(text.contains("--version"))
    }

    @Test func `each verb says what it refuses and with which status it ends`() {
        for verb in PacklineCommand.verbs {
            let text = PacklineCommand.helpMessage(for: verb, columns: 80)
            let name = verb.configuration.commandName ?? ""
            #expect(text.contains("Refused, with 64"), "\(name)")
            #expect(text.contains("  -q, --quiet "), "\(name)")
            let codes = text.matches(of: /\n  (\d+) +[a-z]/).compactMap { Int($0.output.1) }
            #expect(codes.first == 0 && codes.contains(1) && codes.contains(64), "\(name): \(codes)")
            #expect(codes == codes.sorted())
        }
    }

    @Test(arguments: [30, 40, 80, 200])
    func `what the program writes into its help fits the terminal`(_ columns: Int) {
        // Commands are not broken: they are to be copied.
        let texts = ([PacklineCommand.self] + PacklineCommand.verbs.map { $0 as any ParsableCommand.Type }).map {
            HelpLayout.fitted($0.configuration.discussion, columns: columns)
        }
        for line in texts.flatMap(self.lines) where !line.hasPrefix("  packline ") {
            #expect(line.count <= columns, "\(line)")
        }
        for line in texts.flatMap(self.lines) { #expect(line.count <= max(39, columns), "\(line)") }
        // What follows a status stands below its meaning.
        let statuses = texts.flatMap { self.lines($0).drop { $0 != "Exit status:" }.dropFirst() }
        for line in statuses { #expect(line.wholeMatch(of: /\ \ \d+ +[a-z'].*|\ {7}\S.*/) != nil, "\(line)") }
    }

    @Test(arguments: [40, 80, 200])
    func `flags and usage of all help fit the terminal, and no word is broken`(_ columns: Int) {
        let texts =
            PacklineCommand.verbs.map { PacklineCommand.helpMessage(for: $0, columns: HelpLayout.unwrapped) } + [
                PacklineCommand.helpMessage(columns: HelpLayout.unwrapped)
            ]
        for text in texts {
            let fitted = HelpLayout.fitted(text, columns: columns)
            #expect(fitted.split { $0.isWhitespace } == text.split { $0.isWhitespace })
            let table = self.lines(String(fitted[(fitted.range(of: "USAGE:")?.lowerBound ?? fitted.startIndex)...]))
            for line in table where line.split(separator: " ").count > 1 { #expect(line.count <= columns, "\(line)") }
        }
    }

    @Test func `a flag stands above its text where there is no room beside it`() {
        let text = """
            USAGE: packline do [--one <one> ...] [--two-three-four <two|three>]

            OPTIONS:
              --one <one>             What is to be done first.
              --two-three-four <two|three>
                                      What comes after it.
              -h, --help              Show help information.

              See 'packline help <subcommand>' for detailed help.
            """
        #expect(HelpLayout.fitted(text, columns: 80) == text)
        let narrow = """
            USAGE: packline do
                   [--one <one> ...]
                   [--two-three-four
                   <two|three>]

            OPTIONS:
              --one <one>
                  What is to be done
                  first.
              --two-three-four
                <two|three>
                  What comes after it.
              -h, --help
                  Show help information.

              See 'packline help
              <subcommand>' for detailed
              help.
            """
        #expect(HelpLayout.fitted(text, columns: 28) == narrow)
    }

    @Test func `what is wrapped keeps its words, and what follows a code stands below its meaning`() {
        #expect(VerbHelp.wrapped("one two three", 7) == "one two\nthree")
        #expect(
            VerbHelp.wrapped("one two three", 11, label: "  5    ", indent: 7) == "  5    one\n       two\n       three"
        )
        #expect(VerbHelp.wrapped("averylongword b", 5) == "averylongword\nb")
    }

    @Test func `every example is a command that is taken`() throws {
        for example in PacklineCommand.verbs.flatMap({ $0.help.examples }) {
            let words = example.split(separator: " ").map(String.init)
            #expect(throws: Never.self, "\(example)") { try PacklineCommand.parseAsRoot(words) }
        }
    }

    @Test(arguments: [
        (["discover", "run", "--reconcile"], nil, "packline discover --reconcile"),
        (["discover", "status", "--json"], nil, "packline status --json"),
        (["run", "--every", "5m"], nil, "packline run --every 5m"), (["status"], nil, "packline status"),
        (["run", "--reconcile"], "discover", "discover --reconcile"), (["status", "--json"], "sync", "status --json"),
        (["verify"], "sync", "sync verify"), (["sync", "verify", "--deep"], nil, "packline sync verify --deep"),
        ([], "serve", "serve"), (["--reconcile"], "discover", "discover --reconcile"),
    ])
    func `run and status below a stage lead to the same as without them`(
        _ arguments: [String],
        _ name: String?,
        _ meant: String
    ) {
        let (command, rest) = Program.resolved(arguments, as: name)
        #expect(([command.configuration.commandName ?? ""] + rest).joined(separator: " ") == meant)
    }

    @Test(arguments: [
        ["discover", "status", "--reconcile"], ["update", "--rate", "1", "status"], ["serve", "status", "--port", "1"],
        ["sync", "verfy"], ["discover", "--database", "x", "run"],
    ])
    func `P14: a flag of a stage is no flag of its status`(_ arguments: [String]) {
        let (command, rest) = Program.resolved(arguments, as: nil)
        let error = #expect(throws: (any Error).self) { try command.parseAsRoot(rest) }
        #expect(error.map { command.exitCode(for: $0) } == .validationFailure)
    }

    @Test func `every verb has a version`() {
        for name in ["discover", "sync", "serve"] {
            let (command, rest) = Program.resolved(["status", "--version"], as: name)
            let error = #expect(throws: (any Error).self) { try command.parseAsRoot(rest) }
            #expect(error.map { command.exitCode(for: $0) } == .success)
        }
        for verb in PacklineCommand.verbs { #expect(!verb.configuration.version.isEmpty) }
    }
}
