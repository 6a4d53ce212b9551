import Testing

@testable import ComposerRepository

@Suite struct RequiredNameTests {
    static let document = Array(
        #"""
        {"minified":"composer/2.0","packages":{"acme/a":[
        {"name":"acme/a","version":"2.0-beta1","version_normalized":"2.0.0.0-beta1","require":{"php":">=8","acme/new":"*"}},
        {"version":"1.1","version_normalized":"1.1.0.0","require":{"PHP-64bit":"*","ext-json":"*","lib-icu":"*",
        "composer-plugin-api":"^2","composer/composer":"*","Acme\/B":"^1"},"require-dev":{"acme/dev":"*"},
        "provide":{"psr/log-implementation":"1"},"replace":{"acme/old":"*","ext-x":"*"}},
        {"version":"1.0","version_normalized":"1.0.0.0"},
        {"version":"0.9","version_normalized":"0.9.0.0","require":[],"replace":"__unset"}]}}
        """#.utf8
    )

    @Test func `what the newest stable version requires is told, without the platform`() throws {
        let names = try RepositoryDocument.namesRequired(in: Self.document, of: "acme/a", by: .newest)
        #expect(names == ["acme/b", "composer/composer"])
    }

    @Test func `what any version requires is told`() throws {
        let names = try RepositoryDocument.namesRequired(in: Self.document, of: "acme/a", by: .any)
        #expect(names == ["acme/b", "composer/composer", "acme/new"])
        #expect(try RepositoryDocument.namesRequired(in: Self.document, of: "acme/c", by: .any).isEmpty)
    }

    @Test func `what versions provide and replace is told`() throws {
        let names = try RepositoryDocument.namesProvided(in: Self.document, of: "acme/a")
        #expect(names == ["psr/log-implementation", "acme/old"])
    }
}
