import TestSupport
import Testing
import WordPress

@testable import Composer

@Suite struct PackageNameTests {
    static let nasty = [
        "", "/", "a", "a/", "/a", "a/b", "A/b", "a/B", "a/b/c", "a//b", "a-b/c", "a--b/c", "a_b/c", "a.b/c", "a/b-c",
        "a/b--c", "a/b---c",
        "a/b__c", "a/b_-c", "a/b..c", "a/-b", "a/b-", "a/_b", "a/b_", "-a/b", "a-/b", "a/b\n", "a/é", "a/b c",
        "a/b~dev", "1/2", "a/b-_c", "a/b_--c",
        "wp-plugin/..", "wp-plugin/.", "wp-plugin/a.b--c_d", "wp-plugin/a-.b",
    ]

    @Test func `takes the names that Composer takes`() throws { try Self.expectComposersVerdicts(on: .made) }

    static func expectComposersVerdicts(on corpus: Corpus) throws {
        let slugs = try corpus.plugins().map(\.slug) + corpus.themes().map(\.slug)
        let names = slugs.map { "wp-plugin/\($0)" } + Self.nasty
        let verdicts: [Bool] = try PHP.evaluate(
            """
            $rule = '{^[a-z0-9](?:[_.-]?[a-z0-9]++)*+/[a-z0-9](?:(?:[_.]|-{1,2})?[a-z0-9]++)*+$}D';
            $output = array_map(fn ($name) => (bool) preg_match($rule, $name), $input);
            """,
            input: names
        )
        #expect(zip(names, verdicts).filter { PackageName.isValid($0) != $1 }.map(\.0) == [])
        #expect(verdicts.contains(false) && verdicts.contains(true))
    }

    @Test func `packages are installable under the names that Composer has no error for`() throws {
        let names =
            Self.nasty.filter { $0 == $0.lowercased() } + [
                "con/a", "a/con", "a/nul", "com1/a", "a/com0", "a/com10", "lpt9/a", "con-a/b", "a/b.json", "a.json/b",
                "a/bjson", "a/b.json.x", "aux/prn",
            ]
        let verdicts: [Bool] = try PHP.evaluate(
            """
            $output = array_map(fn ($name) =>
                Composer\\Package\\Loader\\ValidatingArrayLoader::hasPackageNamingError($name) === null, $input);
            """,
            input: names
        )
        #expect(zip(names, verdicts).filter { PackageName.isInstallable($0) != $1 }.map(\.0) == [])
        #expect(verdicts.contains(false) && verdicts.contains(true))
    }

    @Test func `a slug can be asked for when it is a word of WordPress.org's letters`() {
        for slug in ["a", "akismet", "a---b", "_under", "-dash", "123", String(repeating: "a", count: 200)] {
            #expect(PackageName.isAskable(slug: slug), "\(slug)")
        }
        for slug in ["", "A", "..", "../a", "a/b", "a b", "a.b", "ä", "a\n", "%20", String(repeating: "a", count: 201)]
        {
            #expect(!PackageName.isAskable(slug: slug), "\(slug)")
        }
    }
}
