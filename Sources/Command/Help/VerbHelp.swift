import ArgumentParser
import Foundation
import Pipeline

/// A verb of `packline`.
protocol Verb: AsyncParsableCommand {
    static var help: VerbHelp { get }
}

/// What the help of a verb says beside its flags: what it does, examples, what it refuses, and with which status it ends.
struct VerbHelp {
    /// Paragraphs.
    var about: [String] = []
    /// Commands without the program's name, such as `update --package akismet`.
    ///
    /// The first one stands in the program's own help too. At most 37 columns each, with `packline` before them.
    var examples: [String]
    /// What ends with 64, as the end of a sentence.
    var refuses: String
    /// Beside 0 and 64.
    var exits: [(code: Int32, meaning: String)]

    /// One less than where it is shown has, because ArgumentParser breaks a line that fills all of them; whoever sets
    /// `COLUMNS` wants that width.
    static let columns: Int = {
        if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0 {
            return max(1, columns - 1)
        }
        return max(1, min(100, Terminal.columns(STDOUT_FILENO)) - 1)
    }()

    /// Each paragraph, example and status in a line: see ``HelpLayout``.
    var text: String {
        var parts = self.about
        parts.append((["Examples:"] + self.examples.map { "  packline \($0)" }).joined(separator: "\n"))
        parts.append("Refused, with 64 and before anything is done: \(self.refuses).")
        let exits = [(code: Int32(0), meaning: "done")] + self.exits + [(64, "a bad flag or setting: see above")]
        let lines = exits.sorted { $0.code < $1.code }.map { exit in
            "  \(exit.code)" + String(repeating: " ", count: 5 - "\(exit.code)".count) + exit.meaning
        }
        parts.append((["Exit status:"] + lines).joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    /// Lines of at most so many columns, broken at spaces.
    ///
    /// - Parameters:
    ///   - label: What the first line begins with.
    ///   - indent: Of the others.
    static func wrapped(_ text: String, _ columns: Int, label: String = "", indent: Int = 0) -> String {
        var lines: [String] = []
        var (line, width, isFresh) = (label, label.count, true)
        for word in text.split(separator: " ") {
            let length = word.count
            if !isFresh, width + 1 + length > columns {
                lines.append(line)
                (line, width, isFresh) = (String(repeating: " ", count: indent), indent, true)
            }
            line += (isFresh ? "" : " ") + word
            width += length + (isFresh ? 0 : 1)
            isFresh = false
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension Verb {
    /// - Parameter subcommands: Verbs below it.
    static func described(
        _ name: String,
        _ abstract: String,
        subcommands: [any ParsableCommand.Type] = []
    ) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name,
            abstract: abstract,
            discussion: self.help.text,
            version: PacklineVersion.current,
            subcommands: subcommands
        )
    }
}

extension VerbHelp {
    /// How all that run as a stage end.
    static func stageExits(_ others: [(code: Int32, meaning: String)]) -> [(code: Int32, meaning: String)] {
        [(1, "failed: the message says why")] + others + [
            (130, "stopped by Ctrl-C (SIGINT), leases returned"), (143, "stopped by SIGTERM, leases returned"),
        ]
    }

    /// What all that run as a stage refuse.
    static let stageRefusals =
        "a flag or setting that is none, or has a value that it can't have; a package or run that is not in the database"
}
