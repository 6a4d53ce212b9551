import Facts
import Testing
import Upstream

@testable import WordPress

/// What there is to know of the archives of tags.
@Suite struct ReleaseArchiveTests {
    private func archives(
        _ type: PackageType,
        _ links: [VersionLink],
        _ facts: LogFacts
    ) throws -> [UpstreamArchive] {
        let source = DirectorySource(DirectorySettings(type))
        let payload = Payload(
            type: type,
            slug: "kit",
            title: "Kit",
            shortDescription: "",
            version: "1.0",
            stableTag: type == .plugin ? "1.0" : nil,
            requiresPHP: nil,
            author: "",
            versions: links
        )
        let package = KnownPackage(key: "kit")
        let derived = source.derive(payload, of: package, facts: facts)
        let name = try #require(source.packageName(of: "kit"))
        return try source.archives(of: derived, named: name, of: package, facts: facts)
    }

    @Test func `P17: an archive is fetched beside the counts, believed after its commit, and confirmed`() throws {
        let base = "https://downloads.wordpress.org/plugin/kit"
        let archives = try self.archives(
            .plugin,
            [
                VersionLink(tag: "1.0", url: "\(base).1.0.zip"), VersionLink(tag: "0.9", url: "\(base).0.9 .zip"),
                VersionLink(tag: "0.8", url: "\(base).0.8?.zip"), VersionLink(tag: "trunk", url: "\(base).zip"),
            ],
            [
                "tags/1.0": LogFact(revision: 99, changedAtMilliseconds: 5_000),
                "tags/": LogFact(revision: 7, changedAtMilliseconds: 3_000),
            ]
        )
        // Trunk is a branch.
        #expect(archives.map(\.version) == ["1.0.0.0", "0.9.0.0", "0.8.0.0"])
        #expect(archives.map(\.reference) == ["tags/1.0@99", "tags/0.9@7", "tags/0.8@7"])
        #expect(archives.map(\.newerThanMilliseconds) == [5_000, 3_000, 3_000])
        #expect(
            archives.map(\.url) == [
                "\(base).1.0.zip?nostats=1", "\(base).0.9%20.zip?nostats=1", "\(base).0.8%3F.zip?nostats=1",
            ]
        )
        #expect(archives.allSatisfy { $0.needsConfirmation && $0.type == "zip" && $0.shasum == nil })
    }

    @Test func `of a tag that the log says nothing of no commit is known`() throws {
        let url = "https://downloads.wordpress.org/theme/kit.1.0.zip"
        let unknown = try self.archives(.theme, [VersionLink(tag: "1.0", url: url)], [:])
        #expect(unknown.map(\.reference) == ["1.0"] && unknown.map(\.newerThanMilliseconds) == [nil])
        let known = try self.archives(
            .theme,
            [VersionLink(tag: "1.0", url: url)],
            ["1.0": LogFact(revision: 4, changedAtMilliseconds: 1_000)]
        )
        #expect(known.map(\.reference) == ["1.0@4"] && known.map(\.newerThanMilliseconds) == [1_000])
    }
}
