import Pipeline

/// A file of variables that shells, systemd's `EnvironmentFile=` and `docker compose --env-file` read alike: only what all of
/// them take to be the same is in it.
enum EnvironmentText {
    /// A value as it is written: as it is where no reader sees more in it, else in single quotes.
    ///
    /// - Returns: nil for what they would read differently.
    static func value(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_./:,@%+=-".utf8.contains(byte)
            }
        }
        if isPlain { return text }
        let isReadAlike = text.unicodeScalars.allSatisfy {
            $0 != "'" && $0 != "\\" && $0.properties.generalCategory != .control
        }
        return isReadAlike ? "'\(text)'" : nil
    }

    /// - Parameter command: What it was written by.
    static func file(_ answers: InitAnswers, version: String = PacklineVersion.current) -> String {
        let values = answers.variables
        var lines = [
            "# Settings of packline, written by packline init \(version); docs/reference.md has all that there are.",
            "# A shell reads them (set -a; . ./packline.env; set +a), systemd (EnvironmentFile=) and docker compose (--env-file).",
            "# Paths are relative to the folder in which packline is started. Afterwards: packline doctor",
        ]
        func section(_ comment: String, _ names: [String], unset: [(name: String, example: String)] = []) {
            let set = names.compactMap { name in values[name].flatMap(self.value).map { "\(name)=\($0)" } }
            let others = unset.filter { values[$0.name] == nil }.map { "#\($0.name)=\($0.example)" }
            if set.isEmpty, others.isEmpty { return }
            lines += [""] + comment.split(separator: "\n").map { "# \($0)" } + set + others
        }
        section("What is mirrored, in order of precedence.", ["PACKLINE_SOURCES", "PACKLINE_COMPOSER_URL"])
        section(
            "Of WordPress.org only these; without it everything, some 85,000 packages. A file with one a line will do, too.",
            ["PACKLINE_ONLY"],
            unset: values["PACKLINE_SOURCES"]?.contains("wordpress") == true
                ? [("PACKLINE_ONLY", "akismet,theme:twentytwentyfour")] : []
        )
        if values["PACKLINE_SOURCES"]?.contains("composer:") == true {
            section(
                "Of the Composer repository only these, and what they require; patterns (acme/*) and the paths of\n"
                    + "composer.lock files will do, too. Without it everything.",
                ["PACKLINE_COMPOSER_ONLY", "PACKLINE_COMPOSER_REQUIRE"],
                unset: [("PACKLINE_COMPOSER_ONLY", "acme/site-kit,acme/theme"), ("PACKLINE_COMPOSER_REQUIRE", "true")]
            )
        }
        section(
            "The database that all processes share: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.",
            ["PACKLINE_DATABASE_URL"]
        )
        section(
            "Where the repository is published: file:DIRECTORY, s3://BUCKET/PREFIX, or none (packline serve alone).",
            ["PACKLINE_BUCKET_URL", "PACKLINE_S3_ENDPOINT"]
        )
        if answers.usesS3 {
            section(
                "The bucket's keys: fill them in, or name files that hold them; leave them out where a role is used.",
                [],
                unset: [
                    ("AWS_ACCESS_KEY_ID", "KEY"), ("AWS_SECRET_ACCESS_KEY_FILE", "/etc/packline/secret-access-key"),
                    ("AWS_REGION", "us-east-1"),
                ]
            )
        }
        section(
            "Where packline serve is reached by Composer: announces its feed, search and list.",
            ["PACKLINE_PUBLIC_URL"],
            unset: [("PACKLINE_PUBLIC_URL", "https://packages.example.org")]
        )
        section(
            "Who you are, for the administrators of upstreams: a URL or an address. Set it before you ask for much.",
            ["PACKLINE_CONTACT"],
            unset: [("PACKLINE_CONTACT", "ops@example.org")]
        )
        section(
            "More that is often wanted; each is told in docs/reference.md.",
            [],
            unset: [
                ("PACKLINE_VENDORS", "wpackagist-plugin,wpackagist-theme"), ("PACKLINE_ARCHIVES", "eager"),
                ("PACKLINE_ARCHIVES_URL", "https://packages.example.org"), ("PACKLINE_ADVISORIES", "inline"),
                ("PACKLINE_ADVISORY_FEEDS", "packagist"), ("PACKLINE_LOG_FORMAT", "json"),
            ]
        )
        return lines.joined(separator: "\n") + "\n"
    }
}
