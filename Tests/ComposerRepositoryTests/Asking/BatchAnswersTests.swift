import Facts
import Testing
import Upstream

@testable import ComposerRepository

@Suite struct BatchAnswersTests {
    @Test func `P22: what there is no room for is left, and the first is taken whatever its size`() throws {
        let answers = BatchAnswers(most: 100, first: "acme/a")
        try answers.take(60, for: "acme/b")
        #expect(!answers.isFull(for: "acme/c"))
        #expect(throws: BatchAnswers.Full.self) { try answers.take(41, for: "acme/c") }
        try answers.take(40, for: "acme/d")
        #expect(answers.isFull(for: "acme/c") && !answers.isFull(for: "acme/a"))
        try answers.take(1_000, for: "acme/a")
        answers.add(.success(.unchanged), for: "acme/a")
        let packages = ["acme/a", "acme/b"].map { KnownPackage(key: $0) }
        #expect(Array(answers.judged(RepositoryTroubles(), all: packages).keys) == ["acme/a"])
    }
}
