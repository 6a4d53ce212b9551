import ComposerRepository
import Foundation
import Testing

@Suite struct ComposerFileTests {
    /// As Composer 2 writes it, cut down to two packages of each kind.
    private static let lock = #"""
        {
            "_readme": ["This file locks the dependencies of your project to a known state"],
            "content-hash": "6f9d1f6bb4d0c1ce0d5b6c0f8f9d6a01",
            "packages": [
                {
                    "name": "composer/installers",
                    "version": "v2.3.0",
                    "source": {"type": "git", "url": "https://github.com/composer/installers.git", "reference": "12fb"},
                    "dist": {"type": "zip", "url": "https://api.github.com/x", "reference": "12fb", "shasum": ""},
                    "require": {"composer-plugin-api": "^1.0 || ^2.0", "php": "^7.2 || ^8.0", "not/this": "*"},
                    "replace": {"shama/baton": "*", "roundcube/plugin-installer": "*"},
                    "extra": {"class": "Composer\\Installers\\Plugin", "name": "not/that"},
                    "authors": [{"name": "Kyle Robinson Young", "email": "kyle@example.org"}]
                },
                {"name": "wpackagist-plugin/Akismet", "version": "5.3", "dist": {"type": "zip", "url": "https://x"}}
            ],
            "packages-dev": [
                {"version": "3.0", "name": "phpunit/phpunit", "funding": []},
                {"name": "npm-asset/blueimp--load-image", "version": "1.0.0"}
            ],
            "aliases": [{"package": "not/one", "version": "dev-main", "alias": "1.0"}],
            "minimum-stability": "dev",
            "stability-flags": {"acme/theme": 20},
            "prefer-stable": true,
            "platform": {"php": ">=8.1", "ext-json": "*"},
            "platform-dev": [],
            "plugin-api-version": "2.6.0"
        }
        """#

    private func names(_ path: String, _ text: String) throws -> [String] {
        try #require(ComposerFile(path: path)).names(in: Array(text.utf8)).sorted()
    }

    @Test func `a site's lock names what is installed, for development too, and nothing else`() throws {
        let names = [
            "composer/installers", "npm-asset/blueimp--load-image", "phpunit/phpunit", "wpackagist-plugin/akismet",
        ]
        #expect(try self.names("site/composer.lock", Self.lock) == names)
        #expect(try self.names("site.lock", "\u{FEFF}" + Self.lock) == names)
    }

    @Test func `a project's requirements are names without the platform`() throws {
        let text = #"""
            {"name": "acme/site", "type": "project",
             "repositories": [{"type": "composer", "url": "https://wpackagist.org", "only": ["wpackagist-plugin/*"]}],
             "require": {"php": ">=8.1", "ext-json": "*", "lib-icu": "*", "composer-runtime-api": "^2", "hhvm": "*",
                         "php-64bit": "*", "composer": "2", "WPackagist-Plugin/Akismet": "^5", "acme/theme": "dev-main"},
             "require-dev": {"phpunit/phpunit": "^10"},
             "conflict": {"not/this": "*"}, "suggest": {"not/that": "because"},
             "scripts": {"require": "x"}, "config": {"allow-plugins": {"composer/installers": true}}}
            """#
        #expect(
            try self.names("composer.json", text) == ["acme/theme", "phpunit/phpunit", "wpackagist-plugin/akismet"]
        )
    }

    @Test(arguments: [
        ("a.json", "{}", [String]()), ("a.json", #"{"require": [], "require-dev": {}}"#, []),
        ("a.json", #"{"require": null}"#, []), ("a.lock", #"{"packages": [], "packages-dev": null}"#, []),
        ("a.lock", #"{"packages": [{"name": "a/b"}]}"#, ["a/b"]),
        ("a.lock", #"{"packages-dev": [{"name": "a\/b"}], "packages": []}"#, ["a/b"]),
        ("a.json", #"{"require": {"a\/b": {"odd": []}, "c/d": null}}"#, ["a/b", "c/d"]),
    ])
    func `odd forms that Composer writes are read`(_ path: String, _ text: String, _ expected: [String]) throws {
        #expect(try self.names(path, text) == expected)
    }

    @Test(arguments: [
        ("a.lock", "", "is no JSON"), ("a.lock", "[]", "holds no JSON object"), ("a.lock", "{}", "has no 'packages'"),
        ("a.lock", "{\"packages\": [\n<<<<<<< HEAD\n", "(line 2)"), ("a.lock", Self.lock + "x", "something follows"),
        ("a.lock", String(Self.lock.dropLast(200)), "is no JSON"),
        ("a.lock", #"{"packages": {"a/b": {}}}"#, "'packages' that is no list"),
        ("a.lock", #"{"packages": ["a/b"]}"#, "'packages' that is no list of packages with names"),
        ("a.lock", #"{"packages": [{"version": "1"}]}"#, "no list of packages with names"),
        ("a.lock", #"{"packages": [{"name": 7}]}"#, "no list of packages with names"),
        ("a.lock", #"{"packages": false}"#, "'packages' that is no list"),
        ("a.json", #"{"require": true}"#, "'require' that is no map"),
        ("a.lock", #"{"packages": [{"name": "a/b c"}]}"#, "has 'a/b c' in 'packages', which is no name"),
        ("a.json", #"{"require": ["a/b"]}"#, "'require' that is no map"),
        ("a.json", #"{"require": "a/b"}"#, "'require' that is no map"),
        ("a.json", #"{"require": {"monolog": "*"}}"#, "has 'monolog' in 'require', which is no name"),
        ("a.json", #"{"require-dev": {"a/b/c": "*"}}"#, "has 'a/b/c' in 'require-dev'"),
        ("a.json", #"{"require": {"": "*"}}"#, "has '' in 'require'"),
    ])
    func `P14: a file that is none of a project says why`(_ path: String, _ text: String, _ reason: String) {
        let error = #expect(throws: ComposerFile.Unreadable.self) { try self.names(path, text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `entries are names, patterns and files, and each mistake is named for itself`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.lock.write(to: folder.appendingPathComponent("a.lock"), atomically: true, encoding: .utf8)
        try "{".write(to: folder.appendingPathComponent("composer.json"), atomically: true, encoding: .utf8)
        try "{}".write(to: folder.appendingPathComponent("b.json"), atomically: true, encoding: .utf8)
        let entries = [
            "Acme/Kit", "acme/*", "ACME/*", "*", "a.lock", "composer.json", "b.json", "none.lock", "x", "a//b",
        ]
        var problems: [String] = []
        let selection = NameSelection(
            entries: entries.map { ($0.contains(".") ? folder.path + "/" + $0 : $0, "here") },
            problems: &problems
        )
        #expect(selection.patterns == ["acme/*", "*"])
        #expect(selection.names.count == 5 && selection.names.contains("acme/kit"))
        #expect(problems.count == 5 && problems.allSatisfy { $0.hasPrefix("here ") }, "\(problems)")
        for (problem, text) in zip(problems, ["is no JSON", "names no package", "can't be read", "'x'", "'a//b'"]) {
            #expect(problem.contains(text), "\(problem)")
        }
    }
}
