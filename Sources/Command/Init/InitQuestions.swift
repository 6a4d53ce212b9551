import Pipeline

/// Asks a person, line by line, until each answer can be used.
struct InitQuestions {
    /// The next line; nil at the end.
    var read: () -> String?
    var say: (String) -> Void

    /// Asks for all that no flag has said.
    ///
    /// - Throws: ``InvalidSettings`` where the answers end too early.
    func fill(_ answers: inout InitAnswers, _ flags: InitCommand) throws {
        // Locks say it themselves.
        if flags.source.isEmpty, flags.lock.isEmpty {
            try self.ask(
                "Which upstreams? \(InitAnswers.sourceForms.joined(separator: ", "))",
                default: answers.sources.joined(separator: ","),
                &answers
            ) { try $0.take(sources: [$1]) }
        }
        if flags.lock.isEmpty, flags.only == nil {
            try self.ask("composer.lock files of your sites, to take only what they have? (none: everything)", &answers)
            {
                let files = $1.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
                // Who took the sources that were offered has named none.
                let hasSources = !flags.source.isEmpty || $0.sources != InitAnswers().sources
                if !files.isEmpty { try $0.take(LockSelection(files: files), hasSources: hasSources) }
            }
        }
        if flags.database == nil {
            try self.ask(
                "Database? sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
                default: answers.database,
                &answers
            ) {
                $0.database = $1
            }
        }
        if flags.bucket == nil {
            try self.ask("Bucket? file:DIRECTORY, s3://BUCKET/PREFIX or none", default: answers.bucket, &answers) {
                $0.bucket = $1
            }
        }
        if answers.usesS3, flags.s3Endpoint == nil {
            try self.ask("URL of the S3 server? (none: Amazon's)", &answers) { $0.s3Endpoint = $1.isEmpty ? nil : $1 }
        }
        if flags.publicURL == nil {
            try self.ask("URL where Composer will reach packline serve? (none yet: empty)", &answers) {
                $0.publicURL = $1.isEmpty ? nil : $1
            }
        }
        if flags.contact == nil {
            try self.ask("Who are you, for administrators of upstreams: a URL or an address? (may be empty)", &answers)
            {
                $0.contact = $1.isEmpty ? nil : $1
            }
        }
    }

    private func ask(
        _ question: String,
        default fallback: String = "",
        _ answers: inout InitAnswers,
        _ take: (inout InitAnswers, String) throws -> Void
    ) throws {
        while true {
            self.say(question + (fallback.isEmpty ? "\n> " : "\n[\(fallback)] > "))
            guard let line = self.read() else {
                throw InvalidSettings(problems: [
                    "the answers ended before all was asked: --yes takes the defaults for what no flag says"
                ])
            }
            var changed = answers
            do {
                try take(&changed, line.trimmed.isEmpty ? fallback : String(line.trimmed))
                if changed.problems.isEmpty {
                    answers = changed
                    return
                }
                throw InvalidSettings(problems: changed.problems)
            } catch let error as InvalidSettings {
                // Of flags a person who answers knows nothing.
                self.say(
                    error.problems.map { $0.hasPrefix("--") ? $0.dropFirst(2) : $0[...] }.joined(separator: "\n") + "\n"
                )
            }
        }
    }
}
