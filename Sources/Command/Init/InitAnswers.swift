import Facts
import Pipeline
import Upstream

/// What somebody has said of the repository that is to be, and the variables that say the same.
struct InitAnswers: Sendable {
    static let packagist = "composer:packagist"

    /// As in `PACKLINE_SOURCES`.
    private(set) var sources = UpstreamKinds.namesByDefault.map(\.rawValue)
    /// Where the one Composer repository is, where that is not known by its name.
    private(set) var repositoryURL: String?
    /// `PACKLINE_ONLY`.
    var only: String?
    /// `PACKLINE_COMPOSER_ONLY`.
    private(set) var composerOnly: [String] = []
    var database = "sqlite:data/packline.sqlite"
    var bucket = "file:data/public"
    var s3Endpoint: String?
    var publicURL: String?
    var contact: String?
    /// What of the locks is not taken, in words.
    private(set) var leftOut: [String] = []

    private var composerSource: String? { self.sources.first { $0.hasPrefix("composer:") } }
    private var wordPressSources: [String] { self.sources.filter { $0.hasPrefix("wordpress-") } }
    var usesS3: Bool { self.bucket.hasPrefix("s3:") }

    // MARK: Sources

    /// The names that `--source` takes.
    static let sourceForms = UpstreamKinds.names.map(\.rawValue) + ["packagist", "NAME=URL"]

    /// - Parameter texts: As flags have them, or separated by commas.
    /// - Throws: ``InvalidSettings``.
    mutating func take(sources texts: [String]) throws {
        var (sources, url): ([String], String?) = ([], nil)
        for text in texts.flatMap({
            $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmed) }
        }) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0] == "packagist" ? Self.packagist : parts[0]
            if parts.count == 2 {
                sources.append(name.hasPrefix("composer:") ? name : "composer:\(name)")
                url = parts[1]
            } else if name == Self.packagist || UpstreamKinds.names.contains(where: { $0.rawValue == name }) {
                sources.append(name)
            } else {
                throw InvalidSettings(problems: [
                    "--source is '\(text)'; it takes \(Self.sourceForms.joined(separator: ", "))"
                        + (Spelling.nearest(text, Self.sourceForms).map { "; did you mean '\($0)'?" } ?? "")
                ])
            }
        }
        if let twice = sources.first(where: { name in sources.count { $0 == name } > 1 }) {
            throw InvalidSettings(problems: ["--source names '\(twice)' twice"])
        }
        let repositories = sources.filter { $0.hasPrefix("composer:") }
        if repositories.count > 1 {
            throw InvalidSettings(problems: [
                "--source names several Composer repositories (\(repositories.joined(separator: ", "))), and variables are for "
                    + "one: name one here, and the others in a file as docs/packline.yaml.example shows (PACKLINE_CONFIG)"
            ])
        }
        (self.sources, self.repositoryURL) = (sources, url)
    }

    // MARK: Which packages

    /// Takes what locks have, of these sources or, where none were named, of those that have it.
    ///
    /// - Throws: ``InvalidSettings`` where they have nothing of one of the sources: all of it would be taken.
    mutating func take(_ locks: LockSelection, hasSources: Bool) throws {
        if !hasSources {
            let having = locks.wordPress.filter { self.sources.contains($0.source) && !$0.entries.isEmpty }.map(
                \.source
            )
            if !having.isEmpty {
                self.sources = having
            } else if !locks.packagist.isEmpty {
                self.sources = [Self.packagist]
            }
        }
        let taken = locks.wordPress.filter { self.sources.contains($0.source) }
        for source in taken where source.entries.isEmpty { throw Self.nothing(of: source.source) }
        if !taken.isEmpty { self.only = taken.flatMap(\.entries).joined(separator: ",") }
        let left = locks.wordPress.filter { !self.sources.contains($0.source) && $0.count > 0 }
        if !left.isEmpty {
            let count = left.reduce(0) { $0 + $1.count }
            self.leftOut.append("\(count) of WordPress.org (--source \(left.map(\.source).joined(separator: ",")))")
        }
        var others = Set(locks.others.keys)
        if let source = self.composerSource {
            let names = source == Self.packagist ? locks.packagist : locks.names(on: self.repositoryURL ?? "")
            guard !names.isEmpty else { throw Self.nothing(of: source) }
            self.composerOnly = names.sorted()
            others.subtract(names)
        }
        if self.composerSource != Self.packagist, !locks.packagist.isEmpty {
            self.leftOut.append("\(locks.packagist.count) of Packagist (--source packagist)")
        }
        if !others.isEmpty {
            let names = others.sorted()
            let some = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " …" : "")
            self.leftOut.append("\(names.count) of other repositories: \(some) (--source NAME=URL)")
        }
    }

    private static func nothing(of source: String) -> InvalidSettings {
        InvalidSettings(problems: [
            "--lock names no package of \(source), all of which would be taken then: name other sources with --source, or "
                + "leave --lock out"
        ])
    }

    /// How many packages are named; nil where all are taken.
    var selected: Int? {
        let named = self.only.map { $0.split(separator: ",").count }
        if self.composerSource != nil, self.composerOnly.isEmpty { return nil }
        if !self.wordPressSources.isEmpty, named == nil { return nil }
        return (named ?? 0) + self.composerOnly.count
    }

    // MARK: Variables

    /// Those that say it.
    var variables: [String: String] {
        var values = [
            "PACKLINE_SOURCES": self.sources.joined(separator: ","), "PACKLINE_DATABASE_URL": self.database,
            "PACKLINE_BUCKET_URL": self.bucket,
        ]
        values["PACKLINE_ONLY"] = self.only
        values["PACKLINE_COMPOSER_URL"] = self.repositoryURL
        if !self.composerOnly.isEmpty {
            values["PACKLINE_COMPOSER_ONLY"] = self.composerOnly.joined(separator: ",")
            values["PACKLINE_COMPOSER_REQUIRE"] = "true"
        }
        values["PACKLINE_S3_ENDPOINT"] = self.s3Endpoint
        values["PACKLINE_PUBLIC_URL"] = self.publicURL
        values["PACKLINE_CONTACT"] = self.contact
        return values
    }

    private static let flags = [
        "PACKLINE_BUCKET_URL": "--bucket", "PACKLINE_DATABASE_URL": "--database",
        "PACKLINE_S3_ENDPOINT": "--s3-endpoint",
        "PACKLINE_PUBLIC_URL": "--public-url", "PACKLINE_CONTACT": "--contact", "PACKLINE_COMPOSER_URL": "--source",
        "PACKLINE_ONLY": "--only",
    ]

    /// What the program would say of the variables, by the names of the flags.
    var problems: [String] {
        let values = self.variables
        var problems: [String] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let flag = Self.flags[name] ?? name
            if value.trimmed.isEmpty {
                problems.append("\(flag) is empty: give it a value, or leave it out")
            } else if EnvironmentText.value(value) == nil {
                problems.append(
                    "\(flag) has a quote, a backslash or a control character in it, which shells, systemd and Compose read "
                        + "differently from such a file: choose another value"
                )
            }
        }
        if !problems.isEmpty { return problems }
        // The keys of the bucket come later.
        let keys = ["AWS_ACCESS_KEY_ID": "later", "AWS_SECRET_ACCESS_KEY": "later"]
        return SettingsReading(environment: values.merging(keys) { $1 }).problems.map { problem in
            guard
                let name = Self.flags.keys.first(where: { problem.hasPrefix($0 + " ") || problem.hasPrefix($0 + ":") })
            else { return problem }
            return (Self.flags[name] ?? name) + problem.dropFirst(name.count)
        }
    }
}
