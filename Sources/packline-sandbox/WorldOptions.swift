import ArgumentParser
import Sandbox

/// Which world is shown.
struct WorldOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case builtin, generated, directory }

    @Option(name: .customLong("world"), help: "builtin, generated or directory.")
    var kind = Kind.builtin

    @Option(help: "generated: the same seed makes the same world.")
    var seed: UInt64 = 1

    @Option(help: "generated: how many plugins.")
    var plugins = 200

    @Option(help: "generated: how many themes.")
    var themes = 50

    @Option(help: "generated: how many revisions of the plugin repository.")
    var revisions = 2_000

    @Option(help: "directory: the folder with wporg-plugins-all….ndjson.gz and its like.")
    var data: String?

    @Option(help: "directory: in how many rounds the recorded changes are replayed.")
    var rounds = 100

    @Flag(help: "directory: start before the recorded changes, so that replaying them leads to the day of the files.")
    var rewind = false

    @Flag(help: "directory: begin anew with the recorded changes when they are used up, with higher versions.")
    var again = false

    mutating func validate() throws {
        if self.kind == .directory, self.data == nil {
            throw ValidationError("--world directory needs --data FOLDER.")
        }
        if self.plugins < 0 || self.themes < 0 || self.revisions < 0 || self.rounds < 1 {
            throw ValidationError(
                "--plugins, --themes and --revisions may not be negative, --rounds must be 1 or more."
            )
        }
    }

    func make() throws -> SandboxWorld {
        switch self.kind {
        case .builtin:
            try .builtIn
        case .generated:
            .generated(seed: self.seed, plugins: self.plugins, themes: self.themes, revisions: self.revisions)
        case .directory:
            try .directory(folder: self.data ?? ".", rounds: self.rounds, rewinds: self.rewind, repeats: self.again)
        }
    }
}
