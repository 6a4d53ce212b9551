import Facts
import Store
import TestSupport
import Testing
import Upstream

@testable import Pipeline

/// What becomes of a package that upstream says is closed, or is not there.
@Suite struct GoneAnswerTests {
    private let reading = AnswerReading()

    @Test(arguments: ClosedPolicy.allCases)
    func `closed is doubted at the first look, and all stays as it is`(_ policy: ClosedPolicy) async throws {
        try await self.reading.with(policy) { reader in
            let first = try self.reading.first(reader)
            let result = try reader.result(
                of: .closed(Closure(reason: "guideline-violation")),
                for: self.reading.claim(.active, after: first),
                stored: policy.keepsVersions ? self.reading.stored(first) : nil
            )
            #expect(result.state == .active && result.closure == nil && result.doubts == 1)
            #expect(!result.isConclusive && !result.isSettled)
            #expect(result.documents.isEmpty && result.payload == nil && result.derivedKey == nil)
            #expect(result.format == 8, "what it was derived under is still owed")
            #expect(result.nextLook == .after(600_000))
            #expect(reader.stage.context.counters["packages_doubted"] == 1)
        }
    }

    @Test(arguments: ClosedPolicy.allCases)
    func `P23: closed is believed at the second look, and the policy says what becomes of the documents`(
        _ policy: ClosedPolicy
    ) async throws {
        try await self.reading.with(policy) { reader in
            let first = try self.reading.first(reader)
            let closure = Closure(date: "2024-03-21", reason: "guideline-violation", isPermanent: true)
            let stored = policy.keepsVersions ? try self.reading.stored(first) : nil
            var claim = self.reading.claim(.active, after: first, doubts: 1)
            let result = try reader.result(of: .closed(closure), for: claim, stored: stored)
            #expect(result.state == .closed && result.closure == closure && result.doubts == 0)
            #expect(result.isConclusive && result.payload == nil && result.format == 9)
            switch policy {
            case .remove:
                #expect(try self.reading.texts(result) == ["p2/fake/kit.json": nil, "p2/fake/kit~dev.json": nil])
            case .tombstone:
                let texts = try self.reading.texts(result)
                #expect(Set(texts.keys) == ["p2/fake/kit.json", "p2/fake/kit~dev.json"])
                #expect(texts.values.allSatisfy { $0?.hasPrefix(#"{"packages":{"fake/kit":[]},"warning":"#) == true })
                #expect(Set(result.emptyDocuments) == Set(texts.keys))
            case .keep: #expect(try self.reading.texts(result) == self.reading.texts(first))
            case .abandon:
                #expect(try self.reading.texts(result)["p2/fake/kit.json"]??.contains(#""abandoned":true"#) == true)
            }

            // Said again, it changes nothing.
            claim.state = .closed
            claim.closure = closure
            claim.derivedKey = result.derivedKey
            claim.doubts = 0
            let again = try reader.result(of: .closed(closure), for: claim, stored: stored)
            #expect(again.state == .closed && again.documents.isEmpty && again.derivedKey == nil)

            // And opened again, it has the documents that it had.
            let opened = try reader.result(of: self.reading.answer, for: claim, stored: nil)
            #expect(opened.state == .active && opened.closure == nil)
            #expect(try self.reading.texts(opened) == self.reading.texts(first))
        }
    }

    @Test(arguments: [ClosedPolicy.keep, .abandon])
    func `where the payload of a closed package is lost, the documents that the policy keeps stay`(
        _ policy: ClosedPolicy
    ) async throws {
        try await self.reading.with(policy) { reader in
            let claim = self.reading.claim(.active, after: try self.reading.first(reader), doubts: 1)
            let result = try reader.result(of: .closed(Closure()), for: claim, stored: nil)
            #expect(result.state == .closed && result.documents.isEmpty && result.derivedKey == nil)
        }
    }

    @Test func `a package that was closed when it was first asked about has nothing to take away`() async throws {
        try await self.reading.with { reader in
            let result = try reader.result(of: .closed(Closure()), for: self.reading.claim(.new), stored: nil)
            #expect(result.state == .closed && result.isConclusive && result.documents.isEmpty)
        }
    }

    @Test(arguments: [PackageState.active, .closed])
    func `not found is believed at the third look, and documents go under the package's name`(
        _ state: PackageState
    ) async throws {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            for (doubts, wait) in [(0, 600_000), (1, 3_600_000)] {
                let claim = self.reading.claim(state, after: first, doubts: doubts)
                let result = try reader.result(of: .notFound, for: claim, stored: nil)
                #expect(result.state == state && result.doubts == doubts + 1 && !result.isConclusive)
                #expect(result.documents.isEmpty && result.nextLook == .after(Int64(wait)))
            }
            var claim = self.reading.claim(state, after: first, doubts: 2)
            claim.name = "renamed/kit"
            let result = try reader.result(of: .notFound, for: claim, stored: nil)
            #expect(result.state == .missing && result.doubts == 0 && result.isConclusive)
            #expect(try self.reading.texts(result) == ["p2/renamed/kit.json": nil, "p2/renamed/kit~dev.json": nil])
        }
    }

    @Test func `what never was a package is missing at the first look`() async throws {
        try await self.reading.with { reader in
            for state in [PackageState.new, .missing] {
                let result = try reader.result(of: .notFound, for: self.reading.claim(state), stored: nil)
                #expect(result.state == .missing && result.isConclusive && result.documents.isEmpty)
            }
        }
    }
}
