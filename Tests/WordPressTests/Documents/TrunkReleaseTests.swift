import Composer
import Facts
import Testing
import Upstream

@testable import WordPress

/// The version that trunk is, where archives are kept.
@Suite struct TrunkReleaseTests {
    private let facts: LogFacts = ["trunk": LogFact(revision: 9, changedAtMilliseconds: 1_711_004_160_000)]

    private func derived(
        _ payload: Payload,
        facts: LogFacts = [:],
        archived: [OwnVersion]? = []
    ) -> DerivedPackage {
        Derivation.documents(
            payload: payload,
            facts: facts,
            settings: DirectorySettings(payload.type),
            ownVersions: archived
        )
    }

    private func own(_ version: String, _ reference: String? = "trunk@5") throws -> OwnVersion {
        let normalized = try #require(Version.normalize(version))
        return OwnVersion(version: version, normalized: normalized, reference: reference)
    }

    @Test func `a plugin without a tag has its live version from trunk, at its revision`() throws {
        var payload = Payload.plugin(version: " 1.2 ", stableTag: "trunk", tags: [])
        payload.requiresPHP = "7.4"
        let derived = self.derived(payload, facts: self.facts)
        let document = try PublishedDocument(derived.main)
        #expect(document.versions == ["1.2"] && derived.ownVersions == ["1.2.0.0": "1.2"])
        let entry = try #require(document["1.2"])
        #expect(entry.dist.url == "https://downloads.wordpress.org/plugin/example.zip?rev=9")
        #expect(entry.dist.reference == "trunk@9" && entry.source.reference == "trunk@9")
        #expect(entry.time == "2024-03-21T06:56:00+00:00" && entry.require["php"] == ">=7.4")
        #expect(try PublishedDocument(derived.dev).versions == ["dev-trunk"])
    }

    @Test func `P16: where no archives are kept nothing is another byte`() {
        for payload in [
            Payload.plugin(version: "1.2", stableTag: "trunk", tags: []),
            .plugin(version: "1.2", stableTag: "trunk", tags: ["1.0", "1.1"]),
        ] {
            let derived = self.derived(payload, facts: self.facts, archived: nil)
            #expect(derived.documents == Derivation.documents(payload, facts: self.facts).documents)
            #expect(derived.ownVersions.isEmpty)
        }
    }

    @Test func `trunk is a version where it is live, its version is one, and no tag has it`() throws {
        func versions(_ payload: Payload) throws -> [String] {
            try PublishedDocument(self.derived(payload).main).versions
        }
        #expect(
            try versions(.plugin(version: "1.5", stableTag: "trunk", tags: ["1.0", "1.4"])) == ["1.5", "1.4", "1.0"]
        )
        // In its place, whatever stands above it.
        #expect(
            try versions(.plugin(version: "1.5", stableTag: "trunk", tags: ["1.0", "2.0-beta1"]))
                == ["2.0-beta1", "1.5", "1.0"]
        )
        #expect(try versions(.plugin(version: "1.5", stableTag: "trunk", tags: ["1.0", "v1.5"])) == ["v1.5", "1.0"])
        #expect(try versions(.plugin(version: "1.05", stableTag: "trunk", tags: ["1.0", "1.5"])) == ["1.5", "1.0"])
        #expect(try versions(.plugin(version: "1.5", stableTag: "1.4", tags: ["1.4"])) == ["1.4"])
        #expect(try versions(.plugin(version: "1.5", stableTag: "latest", tags: [])) == [])
        for version in ["{version}", "", "1.0 or so", "1.x-dev", "dev-master", "trunk"] {
            #expect(try versions(.plugin(version: version, stableTag: "trunk", tags: ["0.9"])) == ["0.9"], "\(version)")
        }
        #expect(try versions(.theme(version: "1.5", versions: ["1.0"])) == ["1.0"])
    }

    @Test func `the version before stays beside a new one whose archive is not there`() throws {
        let payload = Payload.plugin(version: "1.2", stableTag: "trunk", tags: ["1.0"])
        let archived = [try self.own("1.1-rc", "trunk@3"), try self.own("1.1", "trunk@5")]
        let waiting = self.derived(payload, facts: self.facts, archived: archived)
        let document = try PublishedDocument(waiting.main)
        #expect(document.versions == ["1.2", "1.1", "1.0"])
        #expect(document["1.1"]?.dist.reference == "trunk@5" && document["1.1"]?.source.reference == "trunk@5")
        #expect(waiting.ownVersions == ["1.2.0.0": "1.2", "1.1.0.0": "1.1"])
        let there = self.derived(payload, facts: self.facts, archived: archived + [try self.own("1.2", "trunk@9")])
        #expect(try PublishedDocument(there.main).versions == ["1.2", "1.0"])
        // Of the same version there is a former archive.
        let moved = self.derived(payload, facts: self.facts, archived: archived + [try self.own("1.2", "trunk@8")])
        #expect(try PublishedDocument(moved.main).versions == ["1.2", "1.0"])
        // What has a tag by now is the tag's.
        let tagged = self.derived(payload, facts: self.facts, archived: [try self.own("1.0")])
        #expect(try PublishedDocument(tagged.main).versions == ["1.2", "1.0"])
        // Trunk is no longer live.
        let left = Payload.plugin(version: "1.3", stableTag: "1.3", tags: ["1.3"])
        #expect(try PublishedDocument(self.derived(left, archived: archived).main).versions == ["1.3"])
    }

    @Test func `P17: the archive of trunk is believed after its commit, and is the version's only one`() throws {
        let source = DirectorySource(DirectorySettings(.plugin))
        let payload = Payload.plugin("kit", version: "1.2", stableTag: "trunk", tags: ["1.0"])
        var package = KnownPackage(key: "kit")
        package.ownVersions = []
        func archives(_ facts: LogFacts) throws -> [UpstreamArchive] {
            let derived = source.derive(payload, of: package, facts: facts)
            return try source.archives(of: derived, named: "wp-plugin/kit", of: package, facts: facts)
        }
        let known = try archives(self.facts)
        #expect(known.map(\.version) == ["1.2.0.0", "1.0.0.0"] && known.map(\.ownVersion) == ["1.2", nil])
        #expect(known[0].url == "https://downloads.wordpress.org/plugin/kit.zip?nostats=1")
        #expect(known[0].reference == "trunk@9" && known[0].newerThanMilliseconds == 1_711_004_160_000)
        #expect(known[0].needsConfirmation)
        // What the log says nothing of was not committed to since it is read.
        let unknown = try archives([:])
        #expect(unknown[0].reference == "trunk" && unknown[0].newerThanMilliseconds == nil)
        package.ownVersions = nil
        #expect(try archives(self.facts).map(\.version) == ["1.0.0.0"])
    }
}
