import Pipeline
import Testing

@testable import Command

/// P14 for the file: each mistake names the file, the line, the key and the remedy, all at once, and no secret.
@Suite struct ConfigurationErrorTests {
    /// Each is one mistake in the section of `composer:a`.
    @Test(arguments: [
        ("ulr: https://a", "4: sources.composer:a.ulr is no key that is known here; did you mean 'url'?"),
        ("colour: red", "4: sources.composer:a.colour is no key that is known here; known are: url, "),
        ("url: https://b", "3: 'url' stands there more than once; keep one of them"),
        ("rate: fast", "4: sources.composer:a.rate is 'fast'; it takes requests a second from 0.001 to 10000"),
        ("rate: -1", "4: sources.composer:a.rate is '-1'"), ("rate: nan", "4: sources.composer:a.rate is 'nan'"),
        ("rate: { x: 1 }", "4: sources.composer:a.rate is a section of keys; it takes requests"),
        (
            "requests-at-once: 0",
            "4: sources.composer:a.requests-at-once is '0'; it takes a whole number from 1 to 1000"
        ),
        ("period: 12 hours", "4: sources.composer:a.period is '12 hours'; it takes a duration such as"),
        ("period: 1s", "4: sources.composer:a.period is '1s'; it takes a duration"),
        ("require: yes", "4: sources.composer:a.require is 'yes'; it takes true or false"),
        ("require: true", "4: sources.composer:a.require is true, and there is no 'only' to begin with"),
        ("only: []", "4: sources.composer:a.only names no package; leave it out to take everything"),
        ("only: [monolog]", "4: sources.composer:a.only has 'monolog'; it takes names (acme/site-kit)"),
        ("only: a/b/*", "4: sources.composer:a.only has 'a/b/*'"),
        ("only: { a: b }", "4: sources.composer:a.only is a section of keys; it takes names, patterns and files"),
        ("only: [[a/b]]", "4: sources.composer:a.only is a list; it takes names"),
        ("only: [/none/composer.lock]", "4: sources.composer:a.only names the file '/none/composer.lock', which can't"),
        ("exclude: ['a b']", "4: sources.composer:a.exclude has 'a b'; it takes names"),
        ("authentication: hush", "4: sources.composer:a.authentication is a text; it takes a section of keys"),
        ("authentication: {}", "4: sources.composer:a.authentication takes one of: basic"),
        ("authentication: { digest: {} }", "4: sources.composer:a.authentication.digest is no key"),
        (
            "authentication: { bearer: { token: hush } }",
            "4: sources.composer:a.authentication.bearer.token is a secret, which does not belong into this file"
        ),
        (
            "authentication: { bearer: { token-file: /none/x } }",
            "4: sources.composer:a.authentication.bearer.token-file is '/none/x', which can't be read"
        ),
        (
            "authentication: { bearer: { token-variable: ACME_NONE } }",
            "4: sources.composer:a.authentication.bearer.token-variable names a variable that is not set"
        ),
        (
            "authentication: { bearer: { token-variable: hush } }",
            "4: sources.composer:a.authentication.bearer.token-variable takes the name of a variable"
        ),
        (
            "authentication: { bearer: { token-variable: SPACED } }",
            "4: sources.composer:a.authentication.bearer.token-variable leads to a token with a character"
        ),
        (
            "authentication: { bearer: { token-variable: TOKEN, token-file: /x } }",
            "4: sources.composer:a.authentication.bearer takes one of token-file and token-variable"
        ),
        (
            "authentication: { bearer: { token-variable: TOKEN }, header: { name: a, value-variable: TOKEN } }",
            "4: sources.composer:a.authentication takes one of: basic"
        ),
        (
            "authentication: { basic: { password-variable: TOKEN } }",
            "4: sources.composer:a.authentication.basic has no user: set it"
        ),
        (
            "authentication: { basic: { user: 'a:hush', password-variable: TOKEN } }",
            "4: sources.composer:a.authentication.basic.user can't be sent"
        ),
        (
            "authentication: { header: { name: Host, value-variable: TOKEN } }",
            "4: sources.composer:a.authentication.header.name can't be sent"
        ),
        (
            "authentication: { basic: { usr: u, user: u, password-variable: TOKEN } }",
            "4: sources.composer:a.authentication.basic.usr is no key that is known here; did you mean 'user'?"
        ),
    ])
    func `P14: a mistake in a section is named with its line and the remedy`(_ line: String, _ text: String) throws {
        let folder = try ConfigurationFolder()
        let problems = try folder.problems(
            "sources:\n  composer:a:\n    url: https://a.example\n    \(line)\nprivate: true\n",
            ["TOKEN": "hush", "SPACED": "hush hush"]
        )
        #expect(problems.count == 1 && problems[0].hasPrefix("packline.yaml:\(text)"), "\(problems)")
        #expect(!problems.joined().contains("hush"))
    }

    @Test(arguments: [
        ("sources: { composer:a: }", "composer:a has no url: set 'url'"),
        ("sources: { composer:a: { url: ftp://x } }", "sources.composer:a.url is not a URL such as"),
        ("sources: { composer:a: { url: 'https://u:hush@x/' } }", "sources.composer:a.url has credentials in it"),
        ("sources: { composer:a: { url: 'https://hush@x/' } }", "sources.composer:a.url has credentials in it"),
        ("sources: { composer:a: { url: 'https://x/?t=hush' } }", "sources.composer:a.url is not a URL such as"),
        ("sources: { composer:a: { url: { x: y } } }", "sources.composer:a.url is a section of keys; it takes a URL"),
        ("sources: { composer:a: https://x }", "sources.composer:a is a text; it takes a section of keys"),
        ("sources: { 'composer:': { url: https://x } }", "the source 'composer:' has no name that can be used"),
        ("sources: { composer:A/b: { url: https://x } }", "the source 'composer:A/b' has no name that can be used"),
        (
            "sources: { composer:packagist: { requests-at-once: 20 } }",
            "requests-at-once is '20'; it takes a whole number from 1 to 10"
        ),
        ("sources: { composr:a: {} }", "sources.composr:a names 'composr:a', which is none of: wordpress-plugins"),
        ("sources: { wordpress-plugin: {} }", "did you mean 'wordpress-plugins'?"),
        ("sources: { wordpress-core: { url: x } }", "sources.wordpress-core has no settings of its own in this file"),
        ("sources: {}", "sources takes a key for each source"), ("sources: [a]", "sources takes a key for each source"),
        ("sources:", "sources takes a key for each source"),
        ("source: {}", "source is no setting; did you mean 'sources'?"),
        ("lease-secnds: 5", "lease-secnds is no setting; did you mean 'lease-seconds'?"),
        ("config: x", "config is no setting"), ("composer-url: https://x", "composer-url is no setting"),
        ("lease-seconds: 1", "lease-seconds is '1'; it takes a whole number from 5 to 86400"),
        ("lease-seconds: { a: b }", "lease-seconds is a section of keys; it takes a value"),
        ("private: maybe", "private is 'maybe'; it takes one of: true, false"),
        ("auth-bearer: hush", "auth-bearer is a secret, which does not belong into this file"),
        ("auth-bearer-file: /none", "auth-bearer-file is '/none', which can't be read"),
        ("[a, b]", "packline.yaml has no keys with values at its top"),
        ("hush", "packline.yaml has no keys with values"),
        ("a: b: c", "packline.yaml:1: no YAML: mapping values are not allowed in this context (column 5)"),
        ("a: [hush", "no YAML: while parsing a flow sequence"), ("a: *hush", "no YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "no YAML: expected a single document"), ("a: \u{1}", "no text that YAML takes"),
        ("? [x]\n: y", "has a key that is no text"),
        ("private: false\nlog-level: info\nprivate: true", "packline.yaml:1: 'private' stands there more than once"),
    ])
    func `P14: a mistake in the file is named`(_ yaml: String, _ text: String) throws {
        let problems = try ConfigurationFolder().problems(yaml)
        #expect(problems.count == 1 && problems[0].contains(text), "\(problems)")
        #expect(problems.allSatisfy { $0.contains("packline.yaml") || $0.contains("composer:") })
        #expect(!problems.joined().contains("hush"))
    }

    @Test func `P14: a file with the line ends of Windows has its keys where they are`() throws {
        let problems = try ConfigurationFolder().problems(
            "# \u{E9}\r\n\"log-level\": info\r\nlog-format: text\r\nlog-level: debug\r\nlog-format: xml\r\n"
        )
        #expect(
            problems == [
                "packline.yaml:5: log-format is 'xml'; it takes one of: text, json",
                "packline.yaml:3: 'log-format' stands there more than once; keep one of them",
                "packline.yaml:2: 'log-level' stands there more than once; keep one of them",
            ],
            "\(problems)"
        )
    }

    @Test func `P14: everything that is wrong is named at once, duplicates included`() throws {
        let problems = try ConfigurationFolder().problems(
            """
            sources:
              wordpress-plugins: {}
              composer:a:
                url: https://u:hush@a.example
                onyl: [a/*]
                rate: x
                rate: y
              composer:b: { urll: x }
              composer:b: { url: x }
            lease-seconds: soon
            pubic-url: https://x
            """,
            ["PACKLINE_LOG_LEVEL": "loud"]
        )
        for text in [
            ":4: sources.composer:a.url has credentials", ":5: sources.composer:a.onyl is no key", ":6: 'rate' stands",
            ":7: sources.composer:a.rate is 'y'", ":8: 'composer:b' stands", ":9: sources.composer:b.url is not a URL",
            ":10: lease-seconds is 'soon'", ":11: pubic-url is no setting; did you mean 'public-url'?",
            "PACKLINE_LOG_LEVEL is 'loud'",
        ] { #expect(problems.contains { $0.contains(text) }, "\(text) in \(problems)") }
        #expect(problems.count == 9 && !problems.joined().contains("hush"), "\(problems)")
    }

    @Test(arguments: [
        ("composer:a", [:], "composer:a has no url"), ("composer:a,composer:a", [:], "names 'composer:a' twice"),
        ("composer:a,composer:b", ["URL": "https://x"], "PACKLINE_COMPOSER_URL set, and there are several sources"),
        (
            "wordpress-core", ["URL": "https://x", "RATE": "1"],
            "PACKLINE_COMPOSER_URL, PACKLINE_COMPOSER_RATE set, and no source"
        ),
        ("composer:a", ["URL": "https://x", "RATE": "x"], "PACKLINE_COMPOSER_RATE is 'x'"),
        ("composer:a", ["URL": "https://u:hush@x"], "PACKLINE_COMPOSER_URL has credentials in it"),
        ("composer:a", ["URL": "https://x", "ONLY": "a/b,,c/d"], "PACKLINE_COMPOSER_ONLY has ''"),
        ("composer:a", ["URL": "https://x", "USER": "u"], "PACKLINE_COMPOSER_USER and PACKLINE_COMPOSER_PASSWORD"),
        (
            "composer:a", ["URL": "https://x", "PASSWORD": "hush"],
            "PACKLINE_COMPOSER_USER and PACKLINE_COMPOSER_PASSWORD"
        ),
        ("composer:a", ["URL": "https://x", "TOKEN": ""], "PACKLINE_COMPOSER_TOKEN is set and empty"),
        ("composer:a", ["URL": "https://x", "TOKEN": "hu sh"], "PACKLINE_COMPOSER_TOKEN leads to a token with"),
        (
            "composer:a", ["URL": "https://x", "TOKEN": "hush", "USER": "u", "PASSWORD": "hush"],
            "PACKLINE_COMPOSER_USER with PACKLINE_COMPOSER_TOKEN takes one of: basic"
        ),
    ])
    func `P14: a mistake in the variables of a single source is named`(
        _ sources: String,
        _ variables: [String: String],
        _ text: String
    ) throws {
        var environment = ["PACKLINE_SOURCES": sources, "PACKLINE_PRIVATE": "true"]
        for (name, value) in variables { environment["PACKLINE_COMPOSER_\(name)"] = value }
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
        #expect(error?.problems.contains { $0.contains(text) } == true, "\(error?.problems ?? [])")
        #expect(error?.description.contains("hush") == false)
    }

    @Test func `P14: a source with authentication wants a private repository, and serve credentials`() throws {
        let folder = try ConfigurationFolder()
        let yaml = """
            sources:
              composer:a: { url: https://a.example, authentication: { bearer: { token-variable: TOKEN } } }
            """
        let token = ["TOKEN": "t"]
        let open = try folder.problems(yaml, token)
        #expect(
            open.count == 1 && open[0].contains("composer:a has authentication") && open[0].contains("private: true")
        )
        #expect(try folder.problems(yaml + "\nprivate: true", token) == [])
        #expect(try folder.problems(yaml, ["TOKEN": "t", "PACKLINE_PRIVATE": "true"]) == [])
        // The environment wins, also where it opens.
        #expect(try folder.problems(yaml + "\nprivate: true", ["TOKEN": "t", "PACKLINE_PRIVATE": "false"]).count == 1)
        let serving = try folder.problems(yaml + "\nprivate: true", token, isServing: true)
        #expect(serving.count == 1 && serving[0].contains("PACKLINE_AUTH_BASIC or PACKLINE_AUTH_BEARER"))
        let closed = ["TOKEN": "t", "PACKLINE_AUTH_BEARER": "reader"]
        #expect(try folder.problems(yaml + "\nprivate: true", closed, isServing: true) == [])
        #expect(try folder.problems("private: true", isServing: true).count == 1)
    }

    @Test func `P14: a file that can't be read is named, and nothing that it might have said is missed`() throws {
        let folder = try ConfigurationFolder(["big.yaml": String(repeating: "#\n", count: 1 << 20)])
        for path in ["/none/packline.yaml", folder.path, folder.path + "/big.yaml"] {
            let error = #expect(throws: InvalidSettings.self) {
                try Settings(environment: ["PACKLINE_CONFIG": path, "PACKLINE_SOURCES": "composer:a"])
            }
            #expect(error?.problems.count == 1 && error?.description.contains(path) == true)
        }
        let other = #expect(throws: InvalidSettings.self) {
            try Settings(environment: ["PACKLINE_CONFIG_FILE": "/none/packline.yaml"])
        }
        #expect(other?.problems == ["PACKLINE_CONFIG_FILE is not read: name the configuration file in PACKLINE_CONFIG"])
        let deep = try folder.problems("a: " + String(repeating: "[", count: 5_000))
        #expect(deep.count == 1)
        let nested = try folder.problems(
            "private: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
        )
        #expect(nested.contains { $0.contains("is deeper than anything") })
        let wide =
            "a: &a [\(String(repeating: "x,", count: 2_000))]\nb: &b [\(String(repeating: "*a,", count: 2_000))]\n"
            + "c: [\(String(repeating: "*b,", count: 2_000))]\n"
        #expect(try folder.problems(wide).contains { $0.contains("more than 100000 values") })
        let bomb =
            "a: &a [x,x]\n"
            + (1..<40).map { "a\($0): &a\($0) [*a\($0 == 1 ? "" : "\($0 - 1)"),*a\($0 == 1 ? "" : "\($0 - 1)")]\n" }
            .joined()
        #expect(try folder.problems(bomb).isEmpty == false)
    }
}
