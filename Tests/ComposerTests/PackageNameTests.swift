import TestSupport
import Testing

@testable import Composer

@Suite struct PackageNameTests {
    static let nasty = [
        "", "/", "a", "a/", "/a", "a/b", "A/b", "a/B", "a/b/c", "a//b", "a-b/c", "a--b/c", "a_b/c", "a.b/c", "a/b-c",
        "a/b--c", "a/b---c",
        "a/b__c", "a/b_-c", "a/b..c", "a/-b", "a/b-", "a/_b", "a/b_", "-a/b", "a-/b", "a/b\n", "a/é", "a/b c",
        "a/b~dev", "1/2", "a/b-_c", "a/b_--c",
        "wp-plugin/..", "wp-plugin/.", "wp-plugin/a.b--c_d", "wp-plugin/a-.b",
    ]

    /// As WordPress.org has them; not all can be parts of a name.
    private static let slugs = ["-dash", "_under", "a---b", "a--b", "a-b", "a__b", "123", "a_-b", "de_de", "x"]

    @Test func `takes the names that Composer takes`() async throws {
        try await Self.expectComposersVerdicts(on: Self.slugs)
    }

    static func expectComposersVerdicts(on slugs: [String]) async throws {
        let names = slugs.map { "wp-plugin/\($0)" } + Self.nasty
        let verdicts: [Bool] = try await PHP.evaluate(
            """
            $rule = '{^[a-z0-9](?:[_.-]?[a-z0-9]++)*+/[a-z0-9](?:(?:[_.]|-{1,2})?[a-z0-9]++)*+$}D';
            $output = array_map(fn ($name) => (bool) preg_match($rule, $name), $input);
            """,
            input: names
        )
        #expect(zip(names, verdicts).filter { PackageName.isValid($0) != $1 }.map(\.0) == [])
        #expect(verdicts.contains(false) && verdicts.contains(true))
    }

    @Test func `packages are installable under the names that Composer has no error for`() async throws {
        let names =
            Self.nasty.filter { $0 == $0.lowercased() } + [
                "con/a", "a/con", "a/nul", "com1/a", "a/com0", "a/com10", "lpt9/a", "con-a/b", "a/b.json", "a.json/b",
                "a/bjson", "a/b.json.x", "aux/prn",
            ]
        let verdicts: [Bool] = try await PHP.evaluate(
            """
            $output = array_map(fn ($name) =>
                Composer\\Package\\Loader\\ValidatingArrayLoader::hasPackageNamingError($name) === null, $input);
            """,
            input: names
        )
        #expect(zip(names, verdicts).filter { PackageName.isInstallable($0) != $1 }.map(\.0) == [])
        #expect(verdicts.contains(false) && verdicts.contains(true))
    }
}
