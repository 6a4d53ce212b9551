import Archives
import Facts
import Pipeline
import TestSupport
import Testing
import Upstream
import WordPress

@testable import Command

/// What is set of archives, for all sources and for one.
@Suite struct ArchiveSettingsTests {
    private let url = ["PACKLINE_ARCHIVES_URL": "https://packages.example.org/"]

    private func archives(_ yaml: String, _ environment: [String: String] = [:]) throws -> ArchiveSettings {
        try ConfigurationFolder().settings(yaml, environment).stages.archives
    }

    @Test func `nothing set keeps no archives, and a URL for them alone changes nothing`() throws {
        #expect(try Settings(environment: [:]).stages.archives == ArchiveSettings())
        #expect(try Settings(environment: self.url).stages.archives == ArchiveSettings())
        #expect(try Settings(environment: ["PACKLINE_ARCHIVES": "off"]).stages.archives == ArchiveSettings())
    }

    @Test func `variables are about all sources`() throws {
        let environment = [
            "PACKLINE_ARCHIVES": "eager", "PACKLINE_ARCHIVES_LATEST": "3", "PACKLINE_ARCHIVES_STABLE": "true",
            "PACKLINE_ARCHIVES_ONLY": "Acme/*, other/lib", "PACKLINE_ARCHIVES_EXCLUDE": "acme/demo-*",
            "PACKLINE_ARCHIVES_MAX_MB": "50", "PACKLINE_ARCHIVES_BUDGET_MB": "1000",
            "PACKLINE_UNTIL_ARCHIVED": "hold", "PACKLINE_TEMP_DIR": "/var/tmp",
            "PACKLINE_ARCHIVES_MISSING": "upstream",
        ]
        var policy = ArchivePolicy(url: "https://packages.example.org")
        (policy.latest, policy.isStableOnly, policy.maxBytes, policy.untilArchived) = (3, true, 50 << 20, .hold)
        (policy.only, policy.exclude) = (["acme/*", "other/lib"], ["acme/demo-*"])
        policy.missing = .upstream
        var wanted = ArchiveSettings()
        wanted.policies = [WordPressDirectories.plugins: policy, WordPressDirectories.themes: policy]
        (wanted.budgetBytes, wanted.temporaryFolder) = (1_000 << 20, "/var/tmp")
        #expect(try Settings(environment: environment.merging(self.url) { $1 }).stages.archives == wanted)
        #expect(policy.selects(package: "acme/kit") && policy.selects(package: "other/lib"))
        #expect(!policy.selects(package: "acme/demo-1") && !policy.selects(package: "other/lib-2"))
    }

    @Test func `credentials of hosts are Composer's auth.json, and none is shown`() throws {
        let folder = try ConfigurationFolder()
        let path = "\(folder.path)/auth.json"
        try folder.write(
            """
            {"http-basic": {"Repo.Example:8443": {"username": "u", "password": "hush"}},
             "github-oauth": {"github.com": "ghp_hush"}, "gitlab-token": {"gitlab.example": "hush2"},
             "custom-headers": {"acme.example": ["X-Key: hush3"]}}
            """,
            "auth.json"
        )
        let environment = [
            "PACKLINE_ARCHIVES": "eager", "PACKLINE_ARCHIVES_AUTH": path, "PACKLINE_GITHUB_TOKEN": "ghp_other",
            "PACKLINE_PRIVATE": "true",
        ]
        let archives = try Settings(environment: environment.merging(self.url) { $1 }).stages.archives
        #expect(
            archives.credentials.map { "\($0.origin) \($0.name) \($0.value)" } == [
                "https://api.github.com Authorization Bearer ghp_other", "https://acme.example X-Key hush3",
                "https://api.github.com Authorization Bearer ghp_hush", "https://gitlab.example PRIVATE-TOKEN hush2",
                "https://repo.example:8443 Authorization Basic dTpodXNo",
            ]
        )
        #expect(!"\(archives.credentials)".contains("hush"))
        let wrong = "\(folder.path)/wrong.json"
        try folder.write(
            #"{"bitbucket-oauth": {}, "bearer": {"a.example": {"token": "hush"}, "b/c": "hush"}}"#,
            "wrong.json"
        )
        let error = #expect(throws: InvalidSettings.self) {
            try Settings(environment: ["PACKLINE_ARCHIVES_AUTH": wrong])
        }
        #expect(error?.problems.count == 3)
        let words = error?.problems.joined(separator: " ") ?? ""
        for part in ["http-basic", "'a.example'", "'b/c'", wrong] { #expect(words.contains(part), "\(part)") }
        #expect(!words.contains("hush"))
        #expect(throws: InvalidSettings.self) { try Settings(environment: ["PACKLINE_ARCHIVES_AUTH": "/nowhere"]) }
    }

    @Test func `a token is for the GitHub whose API is named, and not for the public one`() throws {
        var environment = self.url
        environment["PACKLINE_GITHUB_TOKEN"] = "hush"
        environment["PACKLINE_GITHUB_API_URL"] = "https://git.example/api/v3/"
        environment["PACKLINE_ARCHIVES"] = "eager"
        environment["PACKLINE_PRIVATE"] = "true"
        let archives = try Settings(environment: environment).stages.archives
        #expect(archives.gitHubs.map(\.api) == ["https://api.github.com", "https://git.example/api/v3"])
        #expect(archives.credentials.map(\.origin) == ["https://git.example"])
        for wrong in ["git.example", "https://u:hush@git.example", "https://git.example/?a=hush"] {
            environment["PACKLINE_GITHUB_API_URL"] = wrong
            let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
            #expect(error?.problems.count == 1 && error?.problems.joined().contains("hush") == false)
            #expect(error?.problems.joined().hasPrefix("PACKLINE_GITHUB_API_URL is not a URL") == true)
        }
    }

    @Test func `what opens archives that not everybody can fetch is for a repository that is declared private`() throws
    {
        let folder = try ConfigurationFolder()
        try folder.write(#"{"bearer": {"acme.example": "hush"}}"#, "auth.json")
        let auth = ["PACKLINE_ARCHIVES_AUTH": "\(folder.path)/auth.json"]
        let token = ["PACKLINE_GITHUB_TOKEN": "hush"]
        let enterprise = token.merging(["PACKLINE_GITHUB_API_URL": "https://git.example/api/v3"]) { $1 }
        for (credentials, name) in [(auth, "PACKLINE_ARCHIVES_AUTH"), (enterprise, "PACKLINE_GITHUB_TOKEN")] {
            // Without archives nothing is fetched with them.
            _ = try Settings(environment: credentials)
            var environment = credentials.merging(self.url) { $1 }
            environment["PACKLINE_ARCHIVES"] = "eager"
            let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
            let problems = error?.problems ?? []
            #expect(problems.count == 1 && problems[0].hasPrefix(name), "\(problems)")
            #expect(!problems.joined().contains("hush"))
            environment["PACKLINE_PRIVATE"] = "true"
            _ = try Settings(environment: environment)
        }
        // What GitHub's own API leads to is asked as everybody is.
        let open = token.merging(self.url) { $1 }.merging(["PACKLINE_ARCHIVES": "eager"]) { $1 }
        #expect(try Settings(environment: open).stages.archives.credentials.count == 1)
    }

    @Test func `a section wins for its source, key by key`() throws {
        let archives = try self.archives(
            """
            sources:
              wordpress-plugins: { archives-latest: 2 }
              wordpress-themes: { archives: off }
              composer:a: { url: "https://a.example", archives-only: a/*, until-archived: hold }
            archives: eager
            archives-latest: 5
            archives-url: https://packages.example.org
            """
        )
        var plugins = ArchivePolicy(url: "https://packages.example.org")
        plugins.latest = 2
        var composer = plugins
        (composer.latest, composer.only, composer.untilArchived) = (5, ["a/*"], .hold)
        #expect(archives.policies == [WordPressDirectories.plugins: plugins, SourceName("composer:a"): composer])
    }

    @Test(arguments: [
        ("archives: always", "4: sources.composer:a.archives is 'always'; it takes one of: off, lazy, eager"),
        ("archive: eager", "4: sources.composer:a.archive is no key that is known here; did you mean 'archives'?"),
        ("archives: { mode: eager }", "4: sources.composer:a.archives is a section of keys; it takes one of"),
        ("archives-latest: 0", "4: sources.composer:a.archives-latest is '0'; it takes a whole number from 1 to 10000"),
        ("archives-stable: yes", "4: sources.composer:a.archives-stable is 'yes'; it takes true or false"),
        ("archives-only: [kit]", "4: sources.composer:a.archives-only has 'kit'; it takes names (acme/site-kit)"),
        ("archives-exclude: a/b/*", "4: sources.composer:a.archives-exclude has 'a/b/*'"),
        ("archives-max-mb: 1.5", "4: sources.composer:a.archives-max-mb is '1.5'; it takes a whole number"),
        ("until-archived: never", "4: sources.composer:a.until-archived is 'never'; it takes one of: upstream, hold"),
        (
            "archives-missing: keep",
            "4: sources.composer:a.archives-missing is 'keep'; it takes one of: leave-out, upstream"
        ),
        ("archives-url: https://x.example", "4: sources.composer:a.archives-url is the same for all sources"),
        ("temp-dir: /tmp", "4: sources.composer:a.temp-dir is the same for all sources"),
    ])
    func `P14: a mistake in a section is named with its line and the remedy`(_ line: String, _ text: String) throws {
        let problems = try ConfigurationFolder().problems(
            "sources:\n  composer:a:\n    url: https://a.example\n    \(line)\n",
            self.url.merging(["PACKLINE_ARCHIVES": "eager"]) { $1 }
        )
        #expect(problems.count == 1 && problems[0].hasPrefix("packline.yaml:\(text)"), "\(problems)")
    }

    @Test func `P14: archives want an absolute URL and a bucket, and both are named at once`() throws {
        func problems(_ environment: [String: String]) -> [String] {
            let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
            return error?.problems ?? []
        }
        let kept = ["PACKLINE_ARCHIVES": "eager"]
        let both = problems(kept.merging(["PACKLINE_BUCKET_URL": "none"]) { $1 })
        #expect(both.count == 2, "\(both)")
        #expect(both.contains { $0.hasPrefix("PACKLINE_ARCHIVES_URL is not set") && $0.contains("wordpress-plugins") })
        #expect(both.contains { $0.hasPrefix("PACKLINE_BUCKET_URL is 'none'") })
        for url in ["/archives", "packages.example.org", "ftp://x", "https://u:p@x", "https://x/?q"] {
            let wrong = problems(kept.merging(["PACKLINE_ARCHIVES_URL": url]) { $1 })
            #expect(wrong.count == 1 && wrong[0].hasPrefix("PACKLINE_ARCHIVES_URL is not a URL such as"), "\(wrong)")
        }
    }

    @Test func `P14: what says which archives are kept is refused where none are`() throws {
        let global = try ConfigurationFolder().problems("archives-latest: 3\nuntil-archived: hold\n")
        #expect(global.count == 2, "\(global)")
        #expect(global.allSatisfy { $0.hasPrefix("packline.yaml:") && $0.contains("set 'archives: eager'") })
        let section = try ConfigurationFolder().problems(
            "sources:\n  wordpress-plugins: { archives: off, archives-latest: 3 }\n  wordpress-themes: {}\n",
            self.url.merging(["PACKLINE_ARCHIVES": "eager"]) { $1 }
        )
        #expect(section.count == 1 && section[0].contains("wordpress-plugins.archives-latest is about"), "\(section)")
    }

    @Test func `P14: a section of WordPress.org takes nothing else`() throws {
        let problems = try ConfigurationFolder().problems(
            "sources: { wordpress-plugins: { archives: eager, rate: 3 } }",
            self.url
        )
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("has no settings of its own in this file, but") == true, "\(problems)")
    }

    @Test func `lazy archives need no address of the bucket, and change nothing of what documents are derived by`()
        throws
    {
        let environment = ["PACKLINE_ARCHIVES": "lazy", "PACKLINE_PUBLIC_URL": "https://serve.example.org/"]
        let settings = try Settings(environment: environment)
        let archives = settings.stages.archives
        #expect(archives.policies.isEmpty && Set(archives.lazy.keys) == Set(settings.stages.sources.map(\.name)))
        let off = try Settings(environment: ["PACKLINE_PUBLIC_URL": "https://serve.example.org/"])
        for (a, b) in zip(settings.stages.sources, off.stages.sources) {
            #expect(settings.stages.fingerprint(of: a) == off.stages.fingerprint(of: b))
        }
        #expect(settings.delivery == DeliverySettings())
        let one = try ConfigurationFolder().settings(
            """
            sources:
              wordpress-plugins: { archives: lazy, archives-max-mb: 9 }
              wordpress-themes: {}
            public-url: https://serve.example.org
            """,
            [:]
        )
        #expect(one.stages.archives.lazy.mapValues(\.maxBytes) == [WordPressDirectories.plugins: 9 << 20])
    }

    @Test func `P14: lazy archives want serve's address and a bucket, and hold nothing back`() throws {
        func problems(_ environment: [String: String]) -> [String] {
            let lazy = environment.merging(["PACKLINE_ARCHIVES": "lazy"]) { $1 }
            let error = #expect(throws: InvalidSettings.self) { try Settings(environment: lazy) }
            return error?.problems ?? []
        }
        let both = problems(["PACKLINE_BUCKET_URL": "none"])
        #expect(both.count == 2, "\(both)")
        #expect(both.contains { $0.hasPrefix("PACKLINE_PUBLIC_URL is not set") && $0.contains("wordpress-plugins") })
        #expect(both.contains { $0.hasPrefix("PACKLINE_BUCKET_URL is 'none'") })
        let wrong = problems(["PACKLINE_PUBLIC_URL": "serve"])
        #expect(wrong.count == 1 && wrong[0].hasPrefix("PACKLINE_PUBLIC_URL is not a URL such as"), "\(wrong)")
        let url = ["PACKLINE_PUBLIC_URL": "https://serve.example.org"]
        let held = problems(url.merging(["PACKLINE_UNTIL_ARCHIVED": "hold"]) { $1 })
        #expect(held.count == 1 && held[0].contains("with 'archives: lazy' they stay as they are"), "\(held)")
        let nowhere = problems(url.merging(["PACKLINE_ARCHIVES_DELIVERY": "redirect"]) { $1 })
        #expect(nowhere.count == 1 && nowhere[0].contains("PACKLINE_ARCHIVES_URL is not set"), "\(nowhere)")
        let long = problems(url.merging(["PACKLINE_ARCHIVES_WAIT_SECONDS": "101"]) { $1 })
        #expect(long.count == 1 && long[0].hasPrefix("PACKLINE_ARCHIVES_WAIT_SECONDS is '101'"), "\(long)")
    }

    @Test func `clients are sent to the bucket where everybody may go there`() throws {
        let lazy = ["PACKLINE_ARCHIVES": "lazy", "PACKLINE_PUBLIC_URL": "https://serve.example.org"]
        func delivery(_ more: [String: String]) throws -> DeliverySettings {
            try Settings(environment: lazy.merging(more) { $1 }).delivery
        }
        #expect(try delivery(self.url.mapValues { $0 + "/" }).redirectURL == self.url["PACKLINE_ARCHIVES_URL"])
        #expect(try delivery(self.url.merging(["PACKLINE_PRIVATE": "true"]) { $1 }).redirectURL == nil)
        #expect(try delivery(self.url.merging(["PACKLINE_ARCHIVES_DELIVERY": "serve"]) { $1 }).redirectURL == nil)
    }
}
