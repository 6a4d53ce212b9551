import Composer
import Testing
import WordPress

@Suite struct SlugTests {
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
