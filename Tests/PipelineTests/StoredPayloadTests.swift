import Composer
import Facts
import Testing
import Upstream

@testable import Pipeline
@testable import Store

/// What becomes of a package by the payload that is stored of it.
@Suite struct StoredPayloadTests {
    private let reading = AnswerReading()

    /// The same payload with bytes that decode to nothing.
    private func damaged(_ stored: StoredPayload) -> StoredPayload {
        let parts = stored.parts.map { part in
            var part = part
            part.content = Blob(hash: part.content.hash, encoding: .gzip, size: 100, bytes: [1, 2, 3])
            return part
        }
        return StoredPayload(parts: parts, hash: stored.hash)
    }

    @Test(arguments: ClosedPolicy.allCases, PackageState.allCases)
    func `what is derived again from its stored payload settles nothing, and stays what it was`(
        _ policy: ClosedPolicy,
        _ state: PackageState
    ) async throws {
        try await self.reading.with(policy) { reader in
            let first = try self.reading.first(reader)
            var claim = self.reading.claim(state, after: first, doubts: 1)
            claim.payload = try self.reading.stored(first)
            claim.derivedKey = nil
            let result = try reader.rederived(claim)
            #expect(result.state == state && result.doubts == 1 && result.nextLook == .asPlanned)
            #expect(!result.isConclusive && !result.isSettled && result.format == 9 && result.derivedKey != nil)
            let isPublished = state == .active || state == .closed && policy != .remove
            #expect(result.documents.allSatisfy { ($0.content != nil) == isPublished })
            let isWhole = state == .active || state == .closed && policy.keepsVersions
            #expect(result.documents.count == (isWhole ? 1 : 2))
        }
    }

    @Test func `a stored payload that can't be read is told by its hash`() async throws {
        try await self.reading.with(.keep) { reader in
            let first = try self.reading.first(reader)
            let stored = try self.reading.stored(first)
            let damaged = self.damaged(stored)
            var claim = self.reading.claim(.active, after: first, doubts: 1)
            let closed = #expect(throws: StoreError.self) {
                try reader.result(of: .closed(Closure()), for: claim, stored: damaged)
            }
            #expect(closed?.description.contains(stored.parts[0].content.hash.hexadecimal) == true)
            // What can be had again is.
            let answers: [AnswerReading.Answer] = [.unchanged, .partsChanged([PayloadPart(name: "title", bytes: [])])]
            for answer in answers {
                #expect(throws: PayloadLost.self) { try reader.result(of: answer, for: claim, stored: damaged) }
            }
            claim.payload = damaged
            #expect(throws: StoreError.self) { try reader.rederived(claim) }
            claim.payload = nil
            let error = #expect(throws: StoreError.self) { try reader.rederived(claim) }
            #expect(error?.description.contains(stored.hash.hexadecimal) == true)

            // Where upstream says all of it, what is stored is not needed.
            #expect(try reader.result(of: self.reading.answer, for: claim, stored: nil).state == .active)
        }
    }
}
