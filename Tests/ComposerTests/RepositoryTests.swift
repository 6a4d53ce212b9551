import Facts
import Testing

@testable import Composer
@testable import WordPress

@Suite struct RepositoryTests {
    private func packagesJSON(_ settings: DerivationSettings) -> String {
        let patterns = settings.patterns.map(\.pattern)
        return String(
            decoding: RootDocument.packagesJSON(
                patterns: patterns[0] == patterns[1] ? [patterns[0]] : patterns,
                repositoryURL: settings.repositoryURL,
                publicURL: settings.publicURL
            ),
            as: UTF8.self
        )
    }

    @Test func `the root document of a repository of files names where metadata is, and nothing else`() {
        #expect(
            self.packagesJSON(DerivationSettings()) == """
                {"packages":[],"metadata-url":"/p2/%package%.json",\
                "available-package-patterns":["wp-plugin/*","wp-theme/*"]}
                """
        )
    }

    @Test func `a repository that does not live at the root of its host names itself`() {
        var settings = DerivationSettings()
        settings.repositoryURL = "https://cdn.example/composer/"
        settings.pluginVendor = "wp"
        settings.themeVendor = "wp"
        #expect(
            self.packagesJSON(settings) == """
                {"packages":[],"metadata-url":"https://cdn.example/composer/p2/%package%.json",\
                "available-package-patterns":["wp/*"]}
                """
        )
    }

    @Test func `what serve answers is named where it is reached`() {
        var settings = DerivationSettings()
        settings.publicURL = "https://packages.example/"
        let served = """
            ,"metadata-changes-url":"https://packages.example/metadata/changes.json",\
            "list":"https://packages.example/packages/list.json",\
            "search":"https://packages.example/search.json?q=%query%&type=%type%",\
            "notify-batch":"https://packages.example/downloads"}
            """
        #expect(self.packagesJSON(settings).hasSuffix(served))
    }

    @Test func `the fingerprint changes with what shapes the documents of packages, and with nothing else`() {
        let base = DerivationSettings()
        var fingerprints: Set<String> = [base.fingerprint]
        for change in [
            { $0.pluginVendor = "x" }, { $0.themeVendor = "x" }, { $0.pluginsSubversionURL = "x" },
            { $0.themesSubversionURL = "x" }, { $0.downloadsURL = "x" }, { $0.closedPolicy = .keep },
            { $0.closedPolicy = .abandon },
            { ($0.pluginVendor, $0.themeVendor) = ("ab", "c") }, { ($0.pluginVendor, $0.themeVendor) = ("a", "bc") },
        ] as [(inout DerivationSettings) -> Void] {
            var settings = base
            change(&settings)
            #expect(fingerprints.insert(settings.fingerprint).inserted)
        }
        var settings = base
        settings.publicURL = "https://a.example"
        settings.repositoryURL = "https://b.example"
        #expect(settings.fingerprint == base.fingerprint)
        #expect(base.fingerprint.count == 64)
    }

    @Test func `a content hash is SHA-256`() throws {
        let hash = ContentHash(of: Array("abc".utf8))
        #expect(hash.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ContentHash(of: "abc".utf8) == hash)
        #expect(ContentHash(of: AnyCollection("abc".utf8)) == hash)
        #expect(ContentHash(bytes: hash.bytes) == hash)
        #expect(ContentHash(bytes: Array(hash.bytes.dropLast())) == nil)
    }
}
