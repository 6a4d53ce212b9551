import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Upstream
@testable import WordPress

/// Over everything that was recorded of WordPress.org what the other tests prove over data of the project's own.
///
/// Where no such data is, `make test` leaves these out and says how many they are.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedDirectoryTests {
    @Test(arguments: MinificationTests.Input.allCases)
    func `Composer expands, minifies and loads what we write of real packages`(_ input: MinificationTests.Input)
        async throws
    {
        try await MinificationTests.expectComposersReading(of: .recorded, input)
    }

    @Test func `the order in which real versions come changes nothing`() throws {
        try MinificationTests.expectNoOrder(in: .recorded)
    }

    @Test func `every real payload is read back as it was written`() throws {
        try PayloadTests.expectRoundTrips(of: .recorded)
    }

    @Test func `the choice between colliding tags is made where it was known to be needed`() throws {
        let lines = try TestData.recorded.text("composer-collisions-plugins.txt").split(separator: "\n")
        var expected: [String: [[String]]] = [:]
        for line in lines {
            let parts = line.components(separatedBy: ": ")
            expected[parts[0], default: []].append(parts[1].components(separatedBy: " = "))
        }
        var found: [String: Int] = [:]
        // All that are named, and a tenth of the others, which must have no collision.
        for (index, payload) in try WholeDirectory.plugins().enumerated()
        where expected[payload.slug] != nil || index % 10 == 0 {
            let derived = Derivation.documents(payload)
            guard derived.collidingTags > 0 else { continue }
            found[payload.slug] = derived.collidingTags
            let published = try PublishedDocument(derived.main).versions + PublishedDocument(derived.dev).versions
            for pair in expected[payload.slug] ?? [] {
                let chosen = Set(pair).intersection(published)
                #expect(chosen.count <= 1, "\(payload.slug): \(pair)")
                if chosen.isEmpty { #expect(derived.heldBackTags > 0, "\(payload.slug): \(pair)") }
            }
        }
        #expect(found == expected.mapValues(\.count))
    }

    @Test func `with archives the plugins whose trunk is live have that version, and everything else as before`() throws
    {
        let settings = DirectorySettings(.plugin)
        var (asked, added) = (0, 0)
        for (index, payload) in try WholeDirectory.plugins().enumerated()
        where payload.stableTag == "trunk" && index % 10 == 0 {
            let before = try PublishedDocument(Derivation.documents(payload).main).entries
            let derived = Derivation.documents(payload: payload, facts: [:], settings: settings, ownVersions: [])
            let after = try PublishedDocument(derived.main).entries
            asked += 1
            added += derived.ownVersions.count
            let own = after.filter { derived.ownVersions[$0.version_normalized] != nil }
            #expect(own.count == derived.ownVersions.count && own.allSatisfy { $0.dist.reference == "trunk" })
            #expect(after.filter { derived.ownVersions[$0.version_normalized] == nil } == before, "\(payload.slug)")
            #expect(Set(after.map(\.version_normalized)).count == after.count, "\(payload.slug)")
            guard let live = Version.numericNormalForm(payload.version) else { continue }
            let hasLive = after.contains { Version.compare(normalized: $0.version_normalized, normalized: live) == 0 }
            #expect(hasLive || Version.stability(ofNormalized: live) == .dev, "\(payload.slug)")
        }
        // 27,297 of the 60,413 plugins have their trunk live, and 23,256 of these no tag of its version.
        #expect(asked > 2_000 && added > asked * 3 / 4)
    }
}
