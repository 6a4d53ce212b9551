import ArgumentParser
import Foundation

/// The executables: one program under five names.
package enum Program {
    /// Runs the command called `name`: `discover`, `update`, `sync` and `serve` are the verbs of `packline` by themselves,
    /// and any other name is `packline`.
    ///
    /// - Parameter name: What the process was called by, when nothing else is said.
    package static func run(as name: String? = nil) async {
        Terminal.openClosed()
        // A reader that goes is an error of the write, and as little as a full disk a reason to stop a stage.
        signal(SIGPIPE, SIG_IGN)
        let called = CommandLine.arguments.first?.split(separator: "/").last.map(String.init)
        let (command, arguments) = Self.resolved(Array(CommandLine.arguments.dropFirst()), as: name ?? called)
        do {
            var parsed = try await command.asyncParseAsRoot(arguments)
            if var verb = parsed as? any AsyncParsableCommand { try await verb.run() } else { try parsed.run() }
        } catch {
            Self.end(command, error)
        }
        Terminal.end(0)
    }

    /// As the parser ends a program, with what it says laid out for the terminal.
    private static func end(_ command: any AsyncParsableCommand.Type, _ error: any Error) -> Never {
        // What has said all it has to say: the parser would write its help first, and then find that nobody wants it.
        if let code = error as? ExitCode { Terminal.end(code.rawValue) }
        let text = command.fullMessage(for: error, columns: HelpLayout.unwrapped)
        if text.hasPrefix("OVERVIEW: ") {
            // Asked for a status, the parser would lay its help out anew, which ends the process where there are few columns.
            Terminal.print(HelpLayout.fitted(text, columns: VerbHelp.columns))
            Terminal.end(0)
        }
        let code = command.exitCode(for: error)
        if !text.isEmpty {
            // A version and a script of completions are for programs.
            if code.isSuccess { Terminal.print(text) } else { Terminal.write(Self.refusal(text) + "\n") }
        }
        Terminal.end(code.rawValue)
    }

    private static func refusal(_ text: String) -> String {
        guard Terminal.isScreen else { return text }
        let columns = Terminal.columns(STDERR_FILENO)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .map { line in
                HelpLayout.isUsage(line)
                    ? HelpLayout.usage(line, columns: columns - 1) : Terminal.folded(line, columns: columns)
            }
            .joined(separator: "\n")
    }

    /// `discover run` is `discover`, and `discover status` is `packline status`: so each verb has its flags at once, and
    /// takes none that are not its own.
    static func resolved(
        _ arguments: [String],
        as name: String?
    ) -> (command: any AsyncParsableCommand.Type, arguments: [String]) {
        var arguments = arguments
        guard let command = Self.stages.first(where: { $0.configuration.commandName == name }) else {
            guard let verb = arguments.first, Self.stages.contains(where: { $0.configuration.commandName == verb })
            else {
                return (PacklineCommand.self, arguments)
            }
            if arguments.dropFirst().first == "run" { arguments.remove(at: 1) }
            if arguments.dropFirst().first == "status" { arguments.remove(at: 0) }
            return (PacklineCommand.self, arguments)
        }
        if arguments.first == "run" { arguments.removeFirst() }
        if arguments.first == "status" { return (StatusCommand.self, Array(arguments.dropFirst())) }
        return (command, arguments)
    }

    /// What is an executable too.
    private static let stages: [any Verb.Type] = [
        DiscoverCommand.self, UpdateCommand.self, SyncCommand.self, ServeCommand.self,
    ]
}
