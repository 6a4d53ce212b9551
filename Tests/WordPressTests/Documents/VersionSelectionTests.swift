import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Upstream
@testable import WordPress

/// Which versions are published, in which document and in which order.
@Suite struct VersionSelectionTests {
    private func main(_ payload: Payload) throws -> [String] {
        try PublishedDocument(Derivation.documents(payload).main).versions
    }

    @Test func `versions are published newest first, numbers compared as numbers`() throws {
        let payload = Payload.plugin(
            version: "1.10",
            stableTag: "1.10",
            tags: ["1.0", "1.10", "1.10-beta2", "1.9", "trunk"]
        )
        #expect(try self.main(payload) == ["1.10", "1.10-beta2", "1.9", "1.0"])
    }

    @Test func `stable versions above the live tag are held back, pre-releases are not`() throws {
        let payload = Payload.plugin(
            version: "9.9",
            stableTag: "1.1",
            tags: ["1.0", "1.1", "1.2", "2.0-RC1", "1.1-p1"]
        )
        let derived = Derivation.documents(payload)
        #expect(try PublishedDocument(derived.main).versions == ["2.0-RC1", "1.1", "1.0"])
        #expect(derived.heldBackTags == 2)
        #expect(derived.latestVersion == "1.1", "the newest stable one, not the newest")
    }

    @Test func `the version in the header decides where trunk is live, or the live tag is no version`() throws {
        for stableTag in ["trunk", " trunk", "latest", "dev-foo", nil] {
            let payload = Payload.plugin(version: "1.1", stableTag: stableTag, tags: ["1.0", "1.1", "1.2"])
            #expect(try self.main(payload) == ["1.1", "1.0"], "\(stableTag ?? "none")")
        }
        #expect(try self.main(.theme(version: "1.1", versions: ["1.0", "1.1", "1.2"])) == ["1.1", "1.0"])
    }

    @Test func `nothing is held back where neither tag nor header is a version`() throws {
        let payload = Payload.plugin(version: "{version}", stableTag: "trunk", tags: ["1.0", "1.1"])
        #expect(try self.main(payload) == ["1.1", "1.0"])
    }

    @Test(arguments: [
        ("0.7.9.9.9", ["0.7.9.9", "0.7.9.9.8", "0.7.9", "1.0", "0.7.9.10", "v3"], ["0.7.9.9", "0.7.9"]),
        ("2.9.1 (2008-12-23)", ["2.9", "2.9.1", "2.9.2", "3.0-beta1"], ["3.0-beta1", "2.9"]),
        (".5.5.1.2.3", ["0.5.4", "0.5.5", "0.6"], ["0.5.5", "0.5.4"]), ("v.1.1 b", ["1.0", "1.2"], ["1.0"]),
        ("v1.0 (beta)", ["v0.9", "v1.0", "1.1"], ["v0.9"]),
    ])
    func `where Composer can't parse the live version, tags above it are held back all the same`(
        live: String,
        tags: [String],
        published: [String]
    ) throws {
        for (version, stableTag) in [(live, "trunk"), (live, live), ("{version}", live), ("9.9.9.9.9", live)] {
            let payload = Payload.plugin(version: version, stableTag: stableTag, tags: tags + [live])
            #expect(try self.main(payload) == published, "\(stableTag), header \(version)")
        }
        #expect(try self.main(.theme(version: live, versions: tags)) == published)
    }

    @Test func `what is above a live version that Composer can't parse is what PHP's version_compare says`()
        async throws
    {
        let lives = [
            "0.7.9.9.9", "2.9.1 (2008-12-23)", "1.2.3.7.2", "1.4.48f", "5 alpha 3", "1.0px", "0.3 [BETA]", "1.0-3",
            "2.4.0 * Author", "0.2-SNAPSHOT", "1,0,0", "1.1.2-c", "5.2.4 - 17-11-2023 for WordPress 6.3",
        ]
        let tags = [
            "0.1", "0.2", "0.3", "0.3.1", "0.7.9.9", "0.8", "1", "1.0", "1.0.0", "1.1", "1.1.2", "1.2.3.7", "1.2.3.8",
            "1.4.48", "1.4.49", "2.3.9", "2.4.0", "2.9.0", "2.9.1", "2.9.2", "5", "5.0", "5.2.4", "5.2.5", "10",
        ]
        let orders: [[Int]] = try await PHP.evaluate(
            """
            $output = array_map(fn ($live) =>
                array_map(fn ($tag) => version_compare($tag, $live), $input['tags']), $input['lives']);
            """,
            input: ["lives": lives, "tags": tags]
        )
        for (live, orders) in zip(lives, orders) {
            #expect(Version.normalize(live) == nil, "\(live)")
            // Tags that normalise alike are no part of this: each is asked about alone.
            let held = try tags.filter { try self.main(.plugin(version: live, stableTag: "trunk", tags: [$0])).isEmpty }
            #expect(held == zip(tags, orders).filter { $0.1 > 0 }.map(\.0), "\(live)")
            #expect(!held.isEmpty && held.count < tags.count, "\(live)")
        }
    }

    @Test func `names that are no version, and branches, are left out and counted`() throws {
        let tags = ["1.0", "readme.txt", "master", "dev-foo", "v 1.0", "", "2.0.1.1.1"]
        let derived = Derivation.documents(.plugin(version: "1.0", stableTag: "1.0", tags: tags))
        #expect(try PublishedDocument(derived.main).versions == ["1.0"])
        #expect(derived.invalidTags == 6)
    }

    @Test func `a version whose link can't be fetched is left out and counted`() throws {
        let urls = [
            "ftp://example.org/a.zip", "", "//example.org/a.zip", "https://", "javascript:alert(1)",
            "https://a b/c.zip",
        ]
        let links = urls.enumerated().map { VersionLink(tag: "1.\($0)", url: $1) }
        let good = VersionLink(tag: "1.9", url: "HTTP://example.org:8080/a.zip")
        let derived = Derivation.documents(
            Payload(type: .plugin, slug: "a", version: "1.9", stableTag: "1.9", versions: links + [good])
        )
        #expect(try PublishedDocument(derived.main).versions == ["1.9"])
        #expect(derived.invalidTags == urls.count)
    }

    @Test func `of tags that normalise alike the live one wins, then the header's, the shorter, the first by bytes`()
        throws
    {
        func chosen(_ tags: [String], version: String, stableTag: String) throws -> [String] {
            let payload = Payload.plugin(version: version, stableTag: stableTag, tags: tags)
            #expect(Derivation.documents(payload).collidingTags == tags.count - 1)
            return try self.main(payload)
        }
        let tags = ["1.1", "1.1.0", "v1.1", "V1.1", "1.1.0.0"]
        #expect(try chosen(tags, version: "1.1.0", stableTag: "1.1.0.0") == ["1.1.0.0"])
        #expect(try chosen(tags, version: "1.1.0", stableTag: "trunk") == ["1.1.0"])
        #expect(try chosen(tags, version: "8.0", stableTag: "trunk") == ["1.1"])
        #expect(try chosen(["v1.1", "V1.1"], version: "8.0", stableTag: "trunk") == ["V1.1"])
    }

    @Test func `of versions that differ in leading zeros only the live one goes first`() throws {
        for (live, other) in [("1.01", "1.1"), ("1.1", "1.01")] {
            #expect(
                try self.main(.plugin(version: live, stableTag: live, tags: ["1.0", other, live])) == [
                    live, other, "1.0",
                ]
            )
        }
    }

    @Test func `dev versions are in the other document only, trunk first`() throws {
        let payload = Payload.plugin(version: "1.0", stableTag: "1.0", tags: ["1.0", "1.0-dev", "2.x-dev", "trunk"])
        let derived = Derivation.documents(payload)
        #expect(try PublishedDocument(derived.main).versions == ["1.0"])
        let dev = try PublishedDocument(derived.dev)
        #expect(dev.versions == ["dev-trunk", "2.x-dev", "1.0-dev"])
        #expect(dev.entries.map(\.version_normalized) == ["dev-trunk", "2.9999999.9999999.9999999-dev", "1.0.0.0-dev"])
        #expect(derived.versionCount == 4)
        #expect(derived.invalidTags == 0)
    }

    @Test func `a plugin without a usable tag has an empty document beside that of trunk`() throws {
        let derived = Derivation.documents(.plugin("a", version: "1.0", stableTag: "trunk", tags: []))
        #expect(
            String(decoding: derived.main.bytes, as: UTF8.self)
                == #"{"minified":"composer/2.0","packages":{"wp-plugin/a":[]}}"#
        )
        #expect(derived.latestVersion == nil)
        #expect(try PublishedDocument(derived.dev).versions == ["dev-trunk"])
    }

    @Test func `a theme has no trunk`() throws {
        let derived = Derivation.documents(.theme("a", version: "1.0", versions: ["1.0", "trunk"]))
        #expect(
            String(decoding: derived.dev.bytes, as: UTF8.self)
                == #"{"minified":"composer/2.0","packages":{"wp-theme/a":[]}}"#
        )
        #expect(derived.main.path == "p2/wp-theme/a.json")
        #expect(derived.dev.path == "p2/wp-theme/a~dev.json")
        #expect(derived.invalidTags == 1)
    }

    @Test func `white space around a tag is not part of the version`() throws {
        let derived = Derivation.documents(.plugin(version: "1.0", stableTag: "1.0", tags: ["1.0\r", " 1.1-beta "]))
        let main = try PublishedDocument(derived.main)
        #expect(main.versions == ["1.1-beta", "1.0"])
        #expect(main["1.0"]?.source.reference == "tags/1.0\r", "the directory has its name all the same")
    }

    @Test func `of two tags that occur together and are one version to Composer one is published`() throws {
        for line in try TestData.made.text("colliding-tags.txt").split(separator: "\n") {
            let pair = line.components(separatedBy: " = ")
            try #require(pair.count == 2)
            let normalised = try #require(Version.normalize(pair[0]))
            #expect(normalised == Version.normalize(pair[1]), "\(line)")
            for tags in [pair, pair.reversed()] {
                let derived = Derivation.documents(
                    .plugin(version: "9999", stableTag: "trunk", tags: tags + ["0.0.0.0"])
                )
                #expect(derived.collidingTags == 1, "\(line)")
                let published = try PublishedDocument(derived.main).versions + PublishedDocument(derived.dev).versions
                #expect(Set(pair).intersection(published).count == 1, "\(line): \(published)")
            }
        }
    }
}
