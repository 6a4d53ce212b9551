import Facts
import Foundation
import Testing
import Upstream

@testable import WordPress

/// WordPress itself, from answers in the form that is publicly documented.
@Suite struct CoreReleaseTests {
    private let stableCheck = Array(
        #"{"4.0":"insecure","6.6.2":"latest","6.6.1":"insecure","6.5.5":"outdated","6.6":"insecure"}"#.utf8
    )
    private let versionCheck = Array(
        #"""
        {"offers":[{"response":"upgrade","download":"https://downloads.wordpress.org/release/wordpress-6.6.2.zip",
        "packages":{"full":"https://x/wordpress-6.6.2.zip","no_content":"https://x/wordpress-6.6.2-no-content.zip",
        "partial":false},"current":"6.6.2","version":"6.6.2","php_version":"7.2.24","mysql_version":"5.5.5"},
        {"response":"autoupdate","current":"6.5.5","version":"6.5.5","php_version":"7.0.0"}],"translations":[]}
        """#.utf8
    )

    @Test func `all releases are there, newest first, each with what upstream calls it`() throws {
        let all = try CoreReleases(stableCheck: self.stableCheck, versionCheck: self.versionCheck)
        #expect(all.releases.map(\.version) == ["6.6.2", "6.6.1", "6.6", "6.5.5", "4.0"])
        #expect(all.releases.map(\.status) == ["latest", "insecure", "insecure", "outdated", "insecure"])
        #expect(all.releases.map(\.php) == ["7.2.24", nil, nil, "7.0.0", nil])
        #expect(try CoreReleases(canonicalJSON: all.canonicalJSON()) == all)
        #expect(throws: (any Error).self) { try CoreReleases(stableCheck: [], versionCheck: self.versionCheck) }
    }

    @Test func `documents name archives with their checksums; what has no archive is left out`() async throws {
        let sum = String(repeating: "a", count: 40)
        let all = try CoreReleases(stableCheck: self.stableCheck, versionCheck: self.versionCheck)
        let releases = await all.with {
            release in
            switch release.version {
            case "4.0": .noArchive
            case "6.6.2": .known(sum)
            default: .unknown
            }
        }
        let source = CoreSource()
        let package = KnownPackage(key: "wordpress-no-content")
        let derived = source.derive(releases, of: package, facts: [:])
        #expect(derived.documents.map(\.path) == ["p2/wp-core/wordpress-no-content.json"])
        #expect(derived.latestVersion == "6.6.2")
        let object = try JSONSerialization.jsonObject(with: Data(derived.documents[0].bytes)) as? [String: Any]
        let versions = (object?["packages"] as? [String: [[String: Any]]])?["wp-core/wordpress-no-content"] ?? []
        #expect(versions.compactMap { $0["version"] as? String } == ["6.6.2", "6.6.1", "6.6", "6.5.5"])
        let dist = versions.first?["dist"] as? [String: String]
        #expect(dist?["shasum"] == sum)
        #expect(dist?["url"] == "https://downloads.wordpress.org/release/wordpress-6.6.2-no-content.zip")
        #expect((versions[1]["dist"] as? [String: String])?["shasum"] == nil)
    }

    @Test(arguments: [
        (Optional("ab"), true, [10, 20, 40, 80, 160, 320, 640, 1_280, nil, nil]),
        ("ab", false, Array(repeating: nil, count: 10)),
        (nil, true, Array(repeating: 60, count: 10)),
    ])
    func `an archive that is not there is looked for: the latest's until it is, another for a day, then never`(
        _ latest: String?,
        _ isOlderMissing: Bool,
        _ minutes: [Int64?]
    ) {
        let answer = CoreReleases([
            .init(version: "6.6.2", status: "latest", shasum: latest, isMissing: latest == nil),
            .init(version: "4.0", status: "insecure", isMissing: isOlderMissing),
        ])
        let looks = minutes.indices.map { looks in
            CoreSource().look(
                at: KnownPackage(key: "wordpress", looks: looks),
                .active(answer, PackageFacts()),
                nowMilliseconds: 0
            )
        }
        #expect(looks.map(\.nextMilliseconds) == minutes.map { $0.map { $0 * 60_000 } })
        #expect(looks.map(\.isBehind) == minutes.map { $0 != nil }, "what is awaited is counted")
    }
}
