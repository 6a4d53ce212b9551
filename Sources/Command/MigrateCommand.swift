import ArgumentParser
import Composer
import Foundation
import Pipeline
import Upstream
import Wire

/// `packline migrate`: a site's `composer.json`, and its lock, from WPackagist or WP Packages to this repository.
struct MigrateCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Changes the repository and the names of packages where they stand in composer.json and in the composer.lock beside it, and nothing else. No request is made. What it did, and what to do next, goes to standard error."
        ],
        examples: [
            "migrate --to https://p.test"
        ],
        refuses:
            "a flag that is none, a file that is not there, is no JSON, or has nothing of WPackagist or WP Packages in it",
        exits: [
            (1, "a file can't be written")
        ]
    )

    static let configuration = described(
        "migrate",
        "Take a site's composer.json from WPackagist or WP Packages to this repository."
    )

    @Argument(help: ArgumentHelp("The folder of the site, or its composer.json.", valueName: "folder"))
    var place = "."

    @Option(help: ArgumentHelp("Where the repository is: https://packline.example.com.", valueName: "url"))
    var to: String

    @Option(help: ArgumentHelp("The vendor of plugins in it.", valueName: "name"))
    var pluginVendor = "wp-plugin"

    @Option(help: ArgumentHelp("The vendor of themes in it.", valueName: "name"))
    var themeVendor = "wp-theme"

    @Option(
        help: ArgumentHelp("A name that stays, because another repository has it. May be repeated.", valueName: "name")
    )
    var keep: [String] = []

    @Option(help: ArgumentHelp("One more host whose repository is replaced. May be repeated.", valueName: "host"))
    var from: [String] = []

    @Flag(help: "Leave composer.lock as it is.")
    var noLock = false

    @Flag(help: "Print what would change as a diff; write nothing.")
    var dryRun = false

    @Flag(name: [.customShort("q"), .long], help: "Say only what is left to be looked at.")
    var quiet = false

    mutating func validate() throws {
        self.to = String(self.to.trimmed)
        // What could end the string that it is written into is in no URL.
        guard let url = WebURL.parsed(self.to), url.query() == nil, !self.to.contains(where: { "\"\\".contains($0) })
        else {
            throw ValidationError(
                "--to is '\(self.to)'; it takes the URL of the repository, such as https://packline.example.com, "
                    + "without user, password and query"
            )
        }
        if let problem = VendorNames.problem(plugin: self.pluginVendor, theme: self.themeVendor) {
            throw ValidationError(problem)
        }
        for name in self.keep where !PackageName.isValid(name.lowercased()) {
            throw ValidationError(
                "--keep is '\(name)'; it takes the name of a package, such as wpackagist-plugin/akismet"
            )
        }
        for host in self.from where host.isEmpty || host.contains(where: { "/@ \"".contains($0) }) {
            throw ValidationError("--from is '\(host)'; it takes a host, such as satis.example.com")
        }
    }

    func run() async throws {
        do {
            let site = try MigratedSite(self)
            if self.dryRun {
                Terminal.output(site.diff)
            } else {
                do { try site.write() } catch { throw StageExit.failed.saying(error) }
            }
            Terminal.write(site.text(isDryRun: self.dryRun, isQuiet: self.quiet))
        } catch let error as MigrationFailure {
            throw StageExit.badSetting.saying(error)
        }
    }
}

struct MigrationFailure: Error, CustomStringConvertible {
    var description: String
}
