import Testing
import Upstream

@Suite struct SpellingTests {
    private static let known = ["url", "only", "exclude", "requests-at-once", "period"]

    @Test(arguments: [
        ("ulr", "url"), ("urls", "url"), ("onyl", "only"), ("exlude", "exclude"), ("Exclude", "exclude"),
        ("request-at-once", "requests-at-once"), ("requests-at-onec", "requests-at-once"), ("periods", "period"),
    ])
    func `a misspelled name is recognised`(_ name: String, _ meant: String) {
        #expect(Spelling.remedy(name, Self.known) == "; did you mean '\(meant)'?")
    }

    @Test(arguments: ["", "colour", "timeout", String(repeating: "u", count: 1_000_000)])
    func `what is like no name gets all of them`(_ name: String) {
        #expect(Spelling.remedy(name, Self.known).hasPrefix("; known are: url, only, exclude"))
        #expect(Spelling.remedy(name, []) == "; leave it out")
    }
}
