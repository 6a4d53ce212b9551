import Testing

@testable import Composer

@Suite struct RepositoryTests {
    private func packagesJSON(
        _ patterns: [String] = ["wp-plugin/*", "wp-theme/*"],
        repositoryURL: String? = nil,
        publicURL: String? = nil
    ) -> String {
        let bytes = RootDocument.packagesJSON(patterns: patterns, repositoryURL: repositoryURL, publicURL: publicURL)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `the root document of a repository of files names where metadata is, and nothing else`() {
        #expect(
            self.packagesJSON() == """
                {"packages":[],"metadata-url":"/p2/%package%.json",\
                "available-package-patterns":["wp-plugin/*","wp-theme/*"]}
                """
        )
    }

    @Test func `a repository that does not live at the root of its host names itself`() {
        #expect(
            self.packagesJSON(["wp/*"], repositoryURL: "https://cdn.example/composer/") == """
                {"packages":[],"metadata-url":"https://cdn.example/composer/p2/%package%.json",\
                "available-package-patterns":["wp/*"]}
                """
        )
    }

    @Test func `what serve answers is named where it is reached`() {
        let served = """
            ,"metadata-changes-url":"https://packages.example/metadata/changes.json",\
            "list":"https://packages.example/packages/list.json",\
            "search":"https://packages.example/search.json?q=%query%&type=%type%",\
            "notify-batch":"https://packages.example/downloads"}
            """
        #expect(self.packagesJSON(publicURL: "https://packages.example/").hasSuffix(served))
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
