import Composer
import Facts
import Foundation
import Testing
import Upstream

@testable import WordPress

/// What upstream's answer says of its import.
@Suite struct ImportTests {
    private let count = 10_000

    private func claim(_ facts: LogFacts, removed: [String: Int64] = [:]) -> KnownPackage {
        KnownPackage(
            key: "a",
            state: .active,
            changedRevision: 9,
            changedAtMilliseconds: 0,
            settledRevision: 1,
            facts: facts,
            removedPaths: removed
        )
    }

    private func payload(_ tags: [String]) -> Payload {
        Payload(
            type: .plugin,
            slug: "a",
            version: "1",
            versions: tags.map { VersionLink(tag: $0, url: "https://d/\($0)") }
        )
    }

    /// Of this thread only, so that a busy machine makes no difference.
    private var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func `P21: many tags in the log and many in the answer cost their sum, not their product`() {
        let tags = (0..<self.count).map { "\($0)-\(String(repeating: "x", count: 200))" }
        let new = LogFact(revision: 5, changedAtMilliseconds: 1, appearedAtMilliseconds: 1)
        let facts = Dictionary(uniqueKeysWithValues: tags.map { ("tags/\($0)", new) })
        let listed = self.payload(tags)
        let removed = Dictionary(uniqueKeysWithValues: tags.map { ("tags/gone-\($0)", Int64(5)) })
        let started = self.processorSeconds
        #expect(!self.claim(facts).isAhead(of: listed))
        #expect(!self.claim([:], removed: removed).isAhead(of: listed))
        #expect(self.processorSeconds - started < 5, "comparing each with each takes many times that")
    }

    @Test func `a tag is listed under its name, or with the zero that upstream puts before a dot`() {
        let new = LogFact(revision: 5, changedAtMilliseconds: 1, appearedAtMilliseconds: 1)
        #expect(!self.claim(["tags/1.0": new, "tags/.1": new]).isAhead(of: self.payload(["1.0", "0.1"])))
        #expect(self.claim(["tags/1.0": new, "tags/1.1": new]).isAhead(of: self.payload(["1.0"])))
        #expect(self.claim([:], removed: ["tags/.1": 5]).isAhead(of: self.payload(["0.1"])))
        #expect(!self.claim([:], removed: ["tags/1.1": 5]).isAhead(of: self.payload(["1.0"])))
        #expect(self.claim([:], removed: ["tags/": 5]).isAhead(of: self.payload(["1.0"])))
        #expect(!self.claim(["tags/1.0": new], removed: ["tags/": 5]).isAhead(of: self.payload(["1.0"])))
    }
}
