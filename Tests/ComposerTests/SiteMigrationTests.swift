import Foundation
import Testing
import Wire

@testable import Composer

/// A site's `composer.json` on its way from WPackagist or WP Packages: what changes, and that nothing else does.
@Suite struct SiteMigrationTests {
    private let url = "https://packline.example.com"

    private func migrated(
        _ file: String,
        _ names: VendorNames = VendorNames(),
        hosts: [String] = []
    ) throws -> (text: String, migration: SiteMigration) {
        let bytes = Array(file.utf8)
        let migration = try SiteMigration(bytes, to: self.url, names: names, hosts: hosts)
        let changed = migration.edits.edits.applied(to: bytes, in: bytes.indices)
        return (String(decoding: changed, as: UTF8.self), migration)
    }

    /// The lines that differ, as `old => new`; both texts have as many lines.
    private func changes(_ file: String, _ names: VendorNames = VendorNames()) throws -> [String] {
        let new = try self.migrated(file, names).text.split(separator: "\n", omittingEmptySubsequences: false)
        let old = file.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(old.count == new.count)
        return zip(old, new).filter { $0 != $1 }.map { old, new in
            "\(old.trimmingCharacters(in: .whitespaces)) => \(new.trimmingCharacters(in: .whitespaces))"
        }
    }

    @Test func `a site made from Bedrock of WPackagist's time changes in its repository and its names alone`() throws {
        #expect(
            try self.changes(SiteFiles.bedrock) == [
                #""url": "https://wpackagist.org", => "url": "https://packline.example.com","#,
                #""only": ["wpackagist-plugin/*", "wpackagist-theme/*"] => "only": ["wp-plugin/*", "wp-theme/*"]"#,
                #""wpackagist-plugin/akismet": "^5.3", => "wp-plugin/akismet": "^5.3","#,
                #""wpackagist-theme/twentytwentyfour": "^1.2" => "wp-theme/twentytwentyfour": "^1.2""#,
                #""wpackagist-plugin/query-monitor": "^3.16", => "wp-plugin/query-monitor": "^3.16","#,
                #""web/app/mu-plugins/{$name}/": ["type:wordpress-muplugin", "wpackagist-plugin/safe-svg"], => "#
                    + #""web/app/mu-plugins/{$name}/": ["type:wordpress-muplugin", "wp-plugin/safe-svg"],"#,
            ]
        )
        let migration = try self.migrated(SiteFiles.bedrock).migration
        #expect(migration.replaced == ["https://wpackagist.org"])
        #expect(migration.edits.renamed.map(\.part) == ["repositories", "require", "require-dev", "extra"])
        #expect(migration.edits.renamed.map(\.count) == [2, 2, 1, 1])
        #expect(migration.edits.left.isEmpty)
    }

    @Test func `a site with the object form, patches, aliases and patterns is taken over as a whole`() throws {
        let (text, migration) = try self.migrated(SiteFiles.objectForm)
        let site = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let repositories = try #require(site["repositories"] as? [String: Any])
        #expect(repositories.keys.sorted() == ["acme", "packagist.org", "packline"])
        #expect((repositories["packline"] as? [String: Any])?["url"] as? String == self.url)
        #expect((repositories["packagist.org"] as? Bool) == false)
        #expect((repositories["acme"] as? [String: [String]])?["exclude"] == nil)
        #expect(
            ((repositories["acme"] as? [String: Any])?["exclude"] as? [String]) == ["wp-plugin/*", "wp-theme/*"]
        )
        #expect(
            site["require"] as? [String: String] == [
                "php": ">=8.1", "wp-plugin/contact-form-7": "dev-trunk as 5.9.x-dev", "wp-plugin/woocommerce": "~8.4.0",
                "acme/theme": "^1.0",
            ]
        )
        #expect(site["conflict"] as? [String: String] == ["wp-plugin/hello-dolly": "*"])
        #expect(site["replace"] as? [String: String] == ["wp-plugin/jetpack": "*"])
        #expect(site["suggest"] as? [String: String] == ["wp-theme/astra": "for shops"])
        let extra = try #require(site["extra"] as? [String: Any])
        #expect((extra["patches"] as? [String: Any])?.keys.sorted() == ["acme/theme", "wp-plugin/woocommerce"])
        #expect(
            (extra["installer-paths"] as? [String: [String]]) == [
                "public/plugins/{$name}/": ["vendor:wp-plugin", "type:wordpress-plugin"],
                "public/themes/{$name}/": ["vendor:wp-theme"],
            ]
        )
        #expect(extra["installer-disable"] as? [String] == ["wordpress", "wp-plugin/akismet"])
        let config = try #require(site["config"] as? [String: Any])
        #expect(
            config["preferred-install"] as? [String: String] == ["wp-plugin/woocommerce": "source", "*": "dist"]
        )
        #expect(config["allow-plugins"] as? [String: Bool] == ["composer/installers": true])
        // What is for a shell or for people is not changed, and told of.
        #expect((site["scripts"] as? [String: String])?["unzip"]?.contains("wpackagist-plugin/akismet") == true)
        #expect(
            migration.edits.left.map(\.path) == ["extra.patches.wpackagist-plugin/woocommerce.Fix", "scripts.unzip"]
        )
        #expect(migration.edits.left.map(\.line) == [41, 55])
        #expect(migration.patchesFile == nil)
    }

    @Test func `a second run changes nothing, whatever the first one changed`() throws {
        for file in SiteFiles.all {
            let first = try self.migrated(file).text
            let (second, migration) = try self.migrated(first)
            #expect(second == first)
            #expect(migration.isUnchanged)
            #expect(migration.hasRepository)
        }
    }

    @Test func `a site of WP Packages keeps its names, and changes its repository`() throws {
        #expect(
            try self.changes(SiteFiles.wpPackages) == [
                #""name": "wp-packages", => "name": "packline","#,
                #""url": "https:\/\/repo.wp-packages.org", => "url": "https:\/\/packline.example.com","#,
            ]
        )
    }

    @Test func `names of a repository with other vendors are given to both`() throws {
        let names = VendorNames(plugin: "plugins", theme: "themes")
        let text = try self.migrated(SiteFiles.wpPackages, names).text
        #expect(text.contains(#""plugins\/woocommerce": "^10.0""#))
        #expect(text.contains(#""only": ["plugins\/*", "themes/*"]"#))
        // A repository that has WPackagist's names: nothing but the address changes.
        let kept = VendorNames(plugin: "wpackagist-plugin", theme: "wpackagist-theme")
        #expect(try self.changes(SiteFiles.bedrock, kept).count == 1)
    }

    @Test
    func `indentation, line ends and escapes stay, and the byte-order mark goes, with which Composer reads nothing`()
        throws
    {
        let file =
            "\u{feff}{\r\n\t \"repositories\" : [ {\"url\":\"http:\\/\\/wpackagist.org\\/\" ,\"type\":\"composer\"} ],\r\n"
            + "  \"require\":{\"\\u0077packagist-plugin\\/akismet\":\"*\",\"WPackagist-Plugin/Debug\" :\"1.0\"}}"
        let (text, migration) = try self.migrated(file)
        #expect(
            text
                == "{\r\n\t \"repositories\" : [ {\"url\":\"https:\\/\\/packline.example.com\" ,\"type\":\"composer\"} ],\r\n"
                + "  \"require\":{\"wp-plugin\\/akismet\":\"*\",\"wp-plugin/Debug\" :\"1.0\"}}"
        )
        #expect(migration.hasByteOrderMark)
    }

    @Test func `two old repositories become one, in either form, and what each filters is not lost`() throws {
        let both =
            #"{"repositories":[{"type":"composer","url":"https://wpackagist.org"},{"type":"vcs","url":"x"},"#
            + #"{"type":"composer","url":"https://repo.wp-packages.org"}]}"#
        let (text, migration) = try self.migrated(both)
        #expect(
            text
                == #"{"repositories":[{"type":"composer","url":"https://packline.example.com"},{"type":"vcs","url":"x"}]}"#
        )
        #expect(migration.removed == ["https://repo.wp-packages.org"])

        let filtered =
            #"{"repositories":{"wpackagist":{"type":"composer","url":"https://wpackagist.org","only":["wpackagist-plugin/*"]},"#
            + #""wp-packages":{"type":"composer","url":"https://repo.wp-packages.org","only":["wp-theme/*"]}}}"#
        #expect(
            try self.migrated(filtered).text
                == #"{"repositories":{"packline":{"type":"composer","url":"https://packline.example.com","only":["wp-plugin/*"]},"#
                + #""packline-2":{"type":"composer","url":"https://packline.example.com","only":["wp-theme/*"]}}}"#
        )
        // The new one is there already, by hand: what leads to the old one goes, wherever it stands.
        let known =
            #"{"repositories":{"wpackagist":{"type":"composer","url":"https://wpackagist.org"}, "#
            + #""ours":{"type":"composer","url":"https://packline.example.com/packages.json"}}}"#
        #expect(
            try self.migrated(known).text
                == #"{"repositories":{"ours":{"type":"composer","url":"https://packline.example.com/packages.json"}}}"#
        )
    }

    @Test func `a pattern for both of WPackagist's vendors becomes one for each`() throws {
        let file =
            #"{"repositories":[{"type":"composer","url":"https://wpackagist.org","only":["wpackagist-*/*","acme/*"]}]}"#
        #expect(try self.migrated(file).text.contains(#""only":["wp-plugin/*", "wp-theme/*","acme/*"]"#))
    }

    @Test func `a repository of another kind, a disabled one and one of another host stay`() throws {
        let file = """
            {"repositories":[{"wpackagist.org":false},{"type":"vcs","url":"https://wpackagist.org/x.git"},
            {"type":"composer","url":"https://satis.example.com/wpackagist.org"},false,"text"]}
            """
        let (text, migration) = try self.migrated(file)
        #expect(text == file)
        #expect(!migration.hasRepository)
        #expect(
            try self.migrated(file, hosts: ["Satis.Example.com"]).text.contains(
                #"{"type":"composer","url":"https://packline.example.com"},false"#
            )
        )
    }

    @Test
    func `a name that is kept stays wherever it stands, and a package of one's own is renamed with its requirers`()
        throws
    {
        let file = """
            {"repositories":[{"type":"composer","url":"https://wpackagist.org"},{"type":"package","package":
            {"name":"wpackagist-plugin/own","version":"1.0","dist":{"type":"zip","url":"https://x/wpackagist-plugin/own.zip"}}}],
            "require":{"wpackagist-plugin/own":"*","wpackagist-plugin/other":"*"}}
            """
        #expect(try self.migrated(file).text.components(separatedBy: #""wp-plugin/own""#).count == 3)
        let kept = try self.migrated(file, VendorNames(kept: ["wpackagist-plugin/own"])).text
        #expect(kept.components(separatedBy: #""wpackagist-plugin/own""#).count == 3)
        #expect(kept.contains(#""wp-plugin/other""#))
    }

    @Test func `two names that would become one are a problem that names both and the line`() throws {
        let file = "{\"require\":{\"wpackagist-plugin/akismet\":\"^5.0\",\n\"wp-plugin/Akismet\":\"^4.0\"}}"
        let problems = try self.migrated(file).migration.edits.problems
        #expect(
            problems == [
                NameEdits.Note(
                    line: 2,
                    path: "require",
                    text:
                        "wpackagist-plugin/akismet and wp-plugin/akismet would both be wp-plugin/akismet: remove one of them"
                )
            ]
        )
    }

    @Test func `a key that stands there twice is renamed twice, and Composer takes the last as before`() throws {
        let file = """
            {"require":{"wpackagist-plugin/a":"1.0","wpackagist-plugin/a":"2.0"},"require":{"wpackagist-plugin/b":"*"},
            "repositories":[{"type":"composer","url":"https://wpackagist.org"}],"extra":[],"config":{},"require-dev":[]}
            """
        let (text, migration) = try self.migrated(file)
        #expect(migration.edits.problems.isEmpty)
        #expect(text.contains(#"{"wp-plugin/a":"1.0","wp-plugin/a":"2.0"},"require":{"wp-plugin/b":"*"}"#))
    }

    @Test(arguments: ["", "[]", "{", "{}x", "{\"a\":1,}", "// {}", "{'a':1}", "\u{feff}", "{\"a\":tru}"])
    func `P14: what is not JSON is refused with a place`(file: String) {
        #expect(throws: JSONReader.Failure.self) { try self.migrated(file) }
    }

    @Test func `P14: JSON that is nested without end is refused, not followed`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONReader.Failure.self) { try self.migrated("{\"extra\":\(deep)") }
    }

    @Test func `the lock has the new names in the place of the old ones, and the rest of it stays`() throws {
        let bytes = Array(SiteFiles.lock.utf8)
        let migration = try LockMigration(bytes, names: VendorNames())
        let text = String(decoding: migration.edits.edits.applied(to: bytes, in: bytes.indices), as: UTF8.self)
        #expect(
            text
                == SiteFiles.lock.replacing(#""name": "wpackagist-plugin"#, with: #""name": "wp-plugin"#)
                .replacing(#""name": "wpackagist-theme"#, with: #""name": "wp-theme"#)
                .replacing(#""package": "wpackagist-plugin"#, with: #""package": "wp-plugin"#)
                .replacing(#""wpackagist-plugin/contact-form-7": 20"#, with: #""wp-plugin/contact-form-7": 20"#)
        )
        #expect(migration.dependents == [.init(name: "acme/kit", requires: "wpackagist-plugin/akismet")])
        #expect(try LockMigration(Array(text.utf8), names: VendorNames()).isUnchanged)
    }
}
