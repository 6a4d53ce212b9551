import ArgumentParser
import Sandbox

/// How large archives are, and what becomes of them in the store.
struct ArchiveOptions: ParsableArguments {
    @Flag(
        help:
            "Pad archives of plugins, themes and Composer packages to sizes as real ones may have: median 0.2 MB, mean 1 MB, at most 50 MB."
    )
    var plausibleArchives = false

    @Option(
        help: ArgumentHelp(
            "Pad the archives whose paths match to this size. May be repeated; the last one that matches counts.",
            valueName: "pattern=bytes"
        )
    )
    var archiveSize: [String] = []

    @Option(
        help: ArgumentHelp(
            "Let the store keep only size, MD5 and SHA-256 of bodies whose keys begin so, such as dist/.",
            valueName: "prefix"
        )
    )
    var forgetBodies: String?

    @Option(help: "What documents have for https://api.github.com, when that is not http://HOST:PORT/github.")
    var githubURL: String?

    func apply(to settings: inout SandboxSettings) throws {
        settings.archiveSizes = ArchiveSizes(isPlausible: self.plausibleArchives)
        for text in self.archiveSize {
            guard let equals = text.lastIndex(of: "="), let bytes = Int(text[text.index(after: equals)...]) else {
                throw ValidationError("--archive-size \(text): write PATTERN=BYTES, as /plugin/akismet.*=500000000.")
            }
            do {
                try settings.archiveSizes.give(String(text[..<equals]), bytes: bytes)
            } catch {
                throw ValidationError("--archive-size \(text): \(error.description).")
            }
        }
        if self.forgetBodies == "" { throw ValidationError("--forget-bodies needs a prefix, such as dist/.") }
        settings.forgetsBodiesBelow = self.forgetBodies
        settings.gitHubURL = self.githubURL
    }
}
