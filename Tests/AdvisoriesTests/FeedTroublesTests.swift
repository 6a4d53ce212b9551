import Testing

@testable import Advisories

@Suite struct FeedTroublesTests {
    @Test func `counts each kind, and keeps the first example in one line`() {
        var troubles = FeedTroubles()
        troubles.note(.constraintsRefused, "a:\nnext")
        troubles.note(.constraintsRefused, "b")
        troubles.note(.partial, String(repeating: "x", count: 300))
        #expect(troubles.found[.constraintsRefused] == FeedTroubles.Trouble(count: 2, example: "a: next"))
        #expect(troubles.found[.partial]?.example.count == 200)
        #expect(troubles.count(.unreadable) == 0)
    }
}
