import ArgumentParser
import Foundation
import Pipeline

/// `packline init`: asks, or takes flags, and writes a file of variables.
struct InitCommand: Verb {
    static let help = VerbHelp(
        about: [
            "On a terminal it asks for what no flag says. The file holds variables, with comments, as shells, systemd and docker compose read them. Nothing else is written, and no server is asked."
        ],
        examples: [
            "init",
            "init --lock composer.lock",
            "init --source packagist",
        ],
        refuses: "a bad flag or answer, a file that is there already, or nobody to be asked",
        exits: [
            (1, "the file can't be written")
        ]
    )

    static let configuration = described(
        "init",
        "Write a file of settings, and say the next commands."
    )

    @Option(
        help: ArgumentHelp(
            "What to mirror: wordpress-plugins, wordpress-themes, wordpress-core, packagist, or NAME=URL of another "
                + "Composer repository. May be repeated. (default: plugins and themes)",
            valueName: "source"
        )
    )
    var source: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Take only what the sites of these composer.lock files have: one or several.",
            valueName: "file"
        )
    )
    var lock: [String] = []

    @Option(
        help: ArgumentHelp("Of WordPress.org only these: a file, or keys separated by commas.", valueName: "file|list")
    )
    var only: String?

    @Option(help: ArgumentHelp("The bucket: file:DIRECTORY, s3://BUCKET/PREFIX or none.", valueName: "url"))
    var bucket: String?

    @Option(
        name: .customLong("s3-endpoint"),
        help: ArgumentHelp("The S3 server, where it is not Amazon's.", valueName: "url")
    )
    var s3Endpoint: String?

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://USER@HOST/DATABASE.", valueName: "url"))
    var database: String?

    @Option(help: ArgumentHelp("Where Composer reaches packline serve.", valueName: "url"))
    var publicURL: String?

    @Option(
        help: ArgumentHelp("Who you are, for administrators of upstreams: a URL or an address.", valueName: "contact")
    )
    var contact: String?

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
    var output = "packline.env"

    @Flag(help: "Ask nothing: take the defaults for what no flag says.")
    var yes = false

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Flag(name: [.customShort("q"), .long], help: "Don't say what was written, nor what comes next.")
    var quiet = false

    func run() async throws {
        do {
            try self.write(isTerminal: isatty(STDIN_FILENO) == 1)
        } catch let error as InvalidSettings {
            throw StageExit.badSetting.saying(error)
        } catch {
            throw StageExit.failed.saying(error)
        }
    }

    private func write(isTerminal: Bool) throws {
        let file = EnvironmentFile(path: self.output, replaces: self.force)
        try file.check()
        guard self.yes || isTerminal else {
            throw InvalidSettings(problems: [
                "standard input is no terminal, so nobody can be asked: --yes takes the defaults for what no flag says"
            ])
        }
        var answers = try self.answers()
        if !self.yes {
            // Only what scripts may want goes to standard output.
            let questions = InitQuestions(read: { readLine() }, say: Terminal.write)
            try questions.fill(&answers, self)
        }
        try file.write(EnvironmentText.file(answers))
        if !self.quiet { Terminal.print(self.summary(of: answers)) }
    }

    /// What the flags say.
    ///
    /// - Throws: ``InvalidSettings``.
    func answers() throws -> InitAnswers {
        if self.only != nil, !self.lock.isEmpty {
            throw InvalidSettings(problems: ["--only and --lock both say what to take: leave one of them out"])
        }
        var answers = InitAnswers()
        if !self.source.isEmpty { try answers.take(sources: self.source) }
        if !self.lock.isEmpty {
            try answers.take(try LockSelection(files: self.lock), hasSources: !self.source.isEmpty)
        }
        if let only { answers.only = only }
        if let database { answers.database = database }
        if let bucket { answers.bucket = bucket }
        answers.s3Endpoint = self.s3Endpoint
        answers.publicURL = self.publicURL
        answers.contact = self.contact
        let problems = answers.problems
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
        return answers
    }

    /// What was written, and what to do next.
    func summary(of answers: InitAnswers) -> String {
        let packages = answers.selected.map { "\($0) \($0 == 1 ? "package" : "packages")" } ?? "everything"
        var lines = ["wrote \(self.output): \(packages) of \(answers.sources.joined(separator: ", "))"]
        lines += answers.leftOut.map { "not taken: \($0)" }
        lines += ["", "Next:", ""]
        if answers.usesS3 { lines.append("    # fill in the bucket's keys in \(self.output)") }
        let isPath = self.output.contains("/")
        let path = isPath ? self.output : "./\(self.output)"
        lines += [
            "    set -a; . \(EnvironmentText.value(path) ?? path); set +a", "    packline doctor", "    packline run",
            "    packline serve",
        ]
        return lines.joined(separator: "\n")
    }
}
