import Facts
import Store
import TestSupport
import Testing
import Upstream

@testable import Pipeline

/// What becomes of a package by what upstream said of it, without any of it being written.
@Suite struct AnswerReaderTests {
    private let reading = AnswerReading()

    @Test func `a new package gets its payload, its documents and what people look for it by`() async throws {
        try await self.reading.with { reader in
            let result = try self.reading.first(reader)
            #expect(result.state == .active && result.isSettled && result.isConclusive)
            #expect(result.payload == StoredPayload(reader.source.parts(of: self.reading.payload)))
            #expect(Array(try self.reading.texts(result).keys) == ["p2/fake/kit.json"])
            #expect(try self.reading.texts(result)["p2/fake/kit.json"]??.contains(#""version":"2.0""#) == true)
            #expect(result.emptyDocuments == [] && result.derivedKey != nil)
            #expect(result.title == "Kit" && result.latestVersion == "2.0" && result.activeInstalls == 700)
            #expect(result.format == 9 && result.nextLook == .never)
            #expect(reader.stage.context.counters["packages_derived"] == 1)
        }
    }

    @Test func `a package whose name another one has publishes and withdraws nothing under it`() async throws {
        try await self.reading.with { reader in
            var claim = self.reading.claim(.new)
            claim.name = nil
            let result = try reader.result(of: self.reading.answer, for: claim, stored: nil)
            #expect(result.state == .active && result.payload != nil && result.documents.isEmpty)
            claim = self.reading.claim(.active, after: result, doubts: 2)
            claim.name = nil
            #expect(try reader.result(of: .notFound, for: claim, stored: nil).documents.isEmpty)
        }
    }

    @Test func `a package without versions has a document that is known to be empty`() async throws {
        try await self.reading.with { reader in
            let answer = AnswerReading.Answer.active(.init(title: "Kit", versions: []), PackageFacts())
            let result = try reader.result(of: answer, for: self.reading.claim(.new), stored: nil)
            #expect(result.emptyDocuments == ["p2/fake/kit.json"])
        }
    }

    @Test func `a payload that is as it was is not stored again, and nothing is derived from it`() async throws {
        try await self.reading.with { reader in
            let claim = self.reading.claim(.active, after: try self.reading.first(reader))
            let result = try reader.result(of: self.reading.answer, for: claim, stored: nil)
            #expect(result.state == .active && result.isSettled && result.isConclusive)
            #expect(result.payload == nil && result.title == nil && result.derivedKey == nil)
            #expect(result.documents.isEmpty)
            #expect(result.activeInstalls == 700, "what goes into no document is kept up to date")
            #expect(reader.stage.context.counters["payloads_unchanged"] == 1)
            #expect(reader.stage.context.counters["inputs_unchanged"] == 1)
            #expect(reader.stage.context.counters["packages_derived"] == 1, "the first one")
        }
    }

    @Test func `of parts that are said to have changed alone, the others are as they are stored`() async throws {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            let claim = self.reading.claim(.active, after: first)
            let versions = PayloadPart(name: "versions", bytes: Array("3.0,2.0".utf8))
            let result = try reader.result(of: .partsChanged([versions]), for: claim, stored: first.payload)
            let whole = FakeSource.Payload(title: "Kit", versions: ["3.0", "2.0"])
            #expect(result.payload == StoredPayload(reader.source.parts(of: whole)))
            #expect(try self.reading.texts(result)["p2/fake/kit.json"]??.contains(#""version":"3.0""#) == true)
            #expect(throws: GuardRefusal.self) {
                try reader.result(of: .partsChanged([versions, versions]), for: claim, stored: first.payload)
            }
        }
    }

    @Test func `a payload of which only the validators are others is stored with these, and nothing is derived`()
        async throws
    {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            var claim = self.reading.claim(.active, after: first)
            claim.parts["title"]?.validators = Validators(etag: "\"earlier\"")
            let result = try reader.result(of: self.reading.answer, for: claim, stored: nil)
            #expect(result.payload == first.payload)
            #expect(result.documents.isEmpty && result.derivedKey == nil)
        }
    }

    @Test func `other facts have documents derived from a payload that is as it was`() async throws {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            var claim = self.reading.claim(.active, after: first)
            claim.facts = ["tags/1.0": LogFact(revision: 7)]
            let result = try reader.result(of: self.reading.answer, for: claim, stored: nil)
            #expect(result.payload == nil)
            #expect(result.documents.count == 1 && result.derivedKey != nil && result.derivedKey != first.derivedKey)
        }
    }

    @Test func `who forces it has documents derived from inputs that are as they were`() async throws {
        try await self.reading.with(isForced: true) { reader in
            let first = try self.reading.first(reader)
            let result = try reader.result(
                of: self.reading.answer,
                for: self.reading.claim(.active, after: first),
                stored: nil
            )
            #expect(result.payload == nil && result.derivedKey == first.derivedKey)
            #expect(try self.reading.texts(result) == self.reading.texts(first))
        }
    }

    @Test func `where nothing has changed, documents are derived from what is stored, and only where they are not`()
        async throws
    {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            var claim = self.reading.claim(.active, after: first)
            var result = try reader.result(of: .unchanged, for: claim, stored: self.reading.stored(first))
            #expect(result.state == .active && result.isConclusive)
            #expect(result.payload == nil && result.documents.isEmpty)

            claim.derivedKey = nil
            result = try reader.result(of: .unchanged, for: claim, stored: self.reading.stored(first))
            #expect(result.payload == nil && result.derivedKey == first.derivedKey)
            #expect(try self.reading.texts(result) == self.reading.texts(first))
        }
    }

    @Test func `where nothing has changed and nothing is known, it is asked for again without conditions`() async throws
    {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            let versions = PayloadPart(name: "versions", bytes: [])
            for answer in [AnswerReading.Answer.unchanged, .partsChanged([versions])] {
                #expect(throws: PayloadLost.self) {
                    try reader.result(of: answer, for: self.reading.claim(.active, after: first), stored: nil)
                }
            }
        }
    }

    @Test func `what was gone and is said to be as it was is there again`() async throws {
        try await self.reading.with { reader in
            let first = try self.reading.first(reader)
            for state in [PackageState.closed, .missing] {
                var claim = self.reading.claim(state, after: first)
                claim.derivedKey = nil
                let result = try reader.result(of: .unchanged, for: claim, stored: self.reading.stored(first))
                #expect(result.state == .active)
                #expect(try self.reading.texts(result) == self.reading.texts(first))
            }
        }
    }
}
