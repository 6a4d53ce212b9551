import Facts
import Testing
import Upstream

@testable import ComposerRepository

/// Which packages are looked at in their period, because nobody tells of their changes.
@Suite struct ToldChangeTests {
    private static let versions = PayloadPart(
        name: RepositoryPayload.versions,
        bytes: Array(#"[{"name":"acme/a","version":"1.0.0"}]"#.utf8)
    )

    private func isLookedAt(
        _ json: String,
        mark: String?,
        isOfRoot: Bool = false,
        isGone: Bool = false
    ) throws -> Bool {
        let source = try RepositorySource(RepositorySettings(name: "acme", url: "https://composer.example"))
        source.memory.remember(try root(json))
        let package = KnownPackage(key: "acme/a", state: .active, mark: mark)
        let answer: PackageAnswer<RepositoryPayload> =
            isOfRoot
            ? .active(try RepositoryPayload([Self.versions], key: "acme/a", policies: .cut), PackageFacts())
            : isGone ? .notFound : .unchanged
        return source.look(at: package, answer, nowMilliseconds: 0).nextMilliseconds != nil
    }

    @Test func `of available packages those are looked at that are in no include`() throws {
        let satis = #"{"metadata-url":"/p2/%package%.json","available-packages":["acme/a"],"includes":{"a.json":"#
        let hashed = satis + #"{"sha1":"1"}}}"#
        #expect(try !self.isLookedAt(hashed, mark: "0a"))
        #expect(try self.isLookedAt(hashed, mark: nil))
        #expect(try self.isLookedAt(hashed, mark: "+main@9#9"), "a feed that there was told of it")
        #expect(try self.isLookedAt(satis + "{}}}", mark: "0a"))
        #expect(try self.isLookedAt(hashed, mark: "0a", isGone: true), "it may be listed again as it was")
    }

    @Test func `beside a feed those are looked at that are in the root`() throws {
        let feed = #"{"metadata-url":"/p2/%package%.json","metadata-changes-url":"/c","packages":{"acme/a":{}}}"#
        #expect(try !self.isLookedAt(feed, mark: nil))
        #expect(try self.isLookedAt(feed, mark: nil, isOfRoot: true))
    }

    @Test func `what is in the root and its hashed files alone is told`() throws {
        #expect(try !self.isLookedAt(#"{"packages":{"acme/a":{}}}"#, mark: "0a", isOfRoot: true))
        #expect(try !self.isLookedAt(#"{"includes":{"a.json":{"sha1":"1"}}}"#, mark: "0a", isOfRoot: true))
        #expect(try self.isLookedAt(#"{"includes":{"a.json":{}}}"#, mark: "0a", isOfRoot: true))
    }
}
