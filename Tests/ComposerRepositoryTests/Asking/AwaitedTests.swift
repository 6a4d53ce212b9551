import Facts
import Testing
import Upstream

@testable import ComposerRepository

@Suite struct AwaitedTests {
    /// A package of which feeds have said this, one after the other, and no answer has shown any of it.
    private func package(_ answers: String...) throws -> KnownPackage {
        let marks = try answers.enumerated().map { number, actions in
            let answer = try ChangesAnswer(parsing: Array(#"{"timestamp":\#(number),"actions":[\#(actions)]}"#.utf8))
            return Awaited.mark(try #require(answer.packages.first), timestamp: Int64(number))
        }
        return KnownPackage(key: "acme/a", state: .active, changedRevision: 2, mark: marks.joined(), settledRevision: 1)
    }

    private let gone = #"{"type":"delete","package":"acme/a","time":9}"#
    private let branchesGone = #"{"type":"delete","package":"acme/a~dev","time":9}"#
    private let changed = #"{"type":"update","package":"acme/a","time":99}"#

    @Test func `a package that is gone with its branches is waited for until it is, and no longer`() throws {
        for package in [
            try self.package(self.gone), try self.package("\(self.gone),\(self.branchesGone)"),
            try self.package("\(self.branchesGone),\(self.gone)"),
            try self.package(self.changed, "\(self.gone),\(self.branchesGone)"),
        ] {
            #expect(Awaited(package, isList: false).delay(.unchanged, package) == 15_000)
            #expect(Awaited(package, isList: false).delay(.notFound, package) == nil)
        }
    }

    @Test func `what was missing and is told of by its include again is not waited for, what is new is`() throws {
        func delay(_ state: PackageState, looks: Int = 0) -> Int64? {
            let package = KnownPackage(
                key: "acme/a",
                state: state,
                changedRevision: 2,
                mark: "0a",
                settledRevision: 1,
                looks: looks
            )
            return Awaited(package, isList: true).delay(.notFound, package)
        }
        #expect(delay(.missing) == nil)
        #expect(delay(.new) == 15_000 && delay(.active) == 15_000)
        #expect(delay(.missing, looks: 1) == 30_000, "it was new at the look before")
    }

    @Test func `a package that has come back, or lost its branches alone, is not gone`() throws {
        for package in [
            try self.package(self.branchesGone), try self.package("\(self.gone),\(self.branchesGone)", self.changed),
        ] {
            #expect(Awaited(package, isList: false).delay(.notFound, package) == 15_000)
            #expect(Awaited(package, isList: false).delay(.unchanged, package) == nil)
        }
    }
}
