import Composer
import TestSupport
import Testing

@testable import ComposerRepository

/// Roots and files as they were recorded of real repositories.
///
/// Where no such data is, `make test` leaves these out and says how many they are.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedRepositoryTests {
    static func root(_ path: String, from url: String = "https://composer.example/sub") throws -> RepositoryRoot {
        try RepositoryRoot(parsing: TestData.recorded.bytes(path), from: RepositoryURL(url))
    }

    @Test func `every recorded root offers what it does to Composer`() throws {
        let offers = try TestData.recorded.documents(in: "composer/roots").map { file, bytes in
            let root = try RepositoryRoot(parsing: bytes, from: RepositoryURL("https://composer.example/sub"))
            #expect(root.problems.isEmpty && root.tally == FormatTally(), "\(file)")
            return "\(file): \(root.offerInWords)\(root.isFinite ? ", finite" : "")"
        }
        #expect(
            offers == [
                "drupal-org: packages by name (metadata-url)",
                "gitlab-group-any-client: provider tree, finite",
                "gitlab-group-composer2: packages by name (metadata-url)",
                "magento-v1: provider tree, finite",
                "oro-v1-providers-in-root: provider tree, finite",
                "packagist-2026-from-source: change feed with list, finite",
                "packagist-with-provider-includes: provider tree, finite",
                "packeton-mirror-strict: list of available packages, finite",
                "wp-packages-org: change feed without list",
                "wpsecadv-advisories-only: packages by name (metadata-url)",
            ]
        )
    }

    @Test func `Packagist's roots of four years are feeds`() throws {
        for (_, bytes) in try TestData.recorded.documents(in: "packagist-p2/roots") {
            let root = try RepositoryRoot(parsing: bytes, from: RepositoryURL("https://packagist.org"))
            #expect(root.offer == .feed && root.isFinite && root.problems.isEmpty)
            #expect(root.metadataURL?.url(package: "acme/a~dev") == "https://repo.packagist.org/p2/acme/a~dev.json")
            #expect(root.securityAdvisories?.apiURL == "https://packagist.org/api/security-advisories/")
            #expect(root.providerIncludes.allSatisfy { $0.hash?.sha256 != nil })
        }
        let root = try Self.root("composer/roots/packagist-2026-from-source.json", from: "https://repo.packagist.org")
        #expect(root.filter?.lists == ["malware"] && root.filter?.inDocuments == true)
        #expect(root.filter?.summaryURL == "https://repo.packagist.org/lists/all/summary.json")
        #expect(root.providers.isEmpty)
    }

    @Test func `details of other recorded roots`() throws {
        let drupal = try Self.root("composer/roots/drupal-org.json", from: "https://packages.drupal.org/8")
        #expect(drupal.metadataURL?.description == "https://packages.drupal.org/files/packages/8/p2/%package%.json")
        #expect(drupal.availablePatterns == ["drupal/*"] && drupal.availablePackages == nil)
        let packeton = try Self.root("composer/roots/packeton-mirror-strict.json")
        #expect(packeton.availablePackages?.count == 8)
        #expect(packeton.includes.count == 1)
        let oro = try Self.root("composer/roots/oro-v1-providers-in-root.json")
        #expect(oro.providers.count == 3)
        let provider = oro.providers[2]
        #expect(
            oro.providersURL?.url(package: provider.name, hash: provider.hash)
                == "https://composer.example/p/akeneo/batch-bundle%24\(provider.hash?.text ?? "").json"
        )
        let gitlab = try Self.root("composer/roots/gitlab-group-any-client.json", from: "https://gitlab.example/x")
        #expect(
            gitlab.providerIncludes[0].url
                == "https://gitlab.example/x/p/\(gitlab.providerIncludes[0].hash?.text ?? "").json"
        )
    }

    @Test(arguments: ["includes-v2-minified", "v1-v2-includes-archives"])
    func `what Satis built reads as a whole`(name: String) throws {
        let root = try Self.root("composer/satis-built/\(name)/packages.json", from: "http://127.0.0.1:8912/sub")
        #expect(root.offer == .list && root.isFinite && root.availablePackages == ["acme/a", "acme/b"])
        let included = try #require(root.includes.first)
        #expect(included.url == "http://127.0.0.1:8912/sub/" + included.name.replacing("$", with: "%24"))
        let bytes = try TestData.recorded.bytes("composer/satis-built/\(name)/\(included.name)")
        let packages = try IncludedPackages(parsing: bytes, from: root.url)
        #expect(packages.packages.map(\.name) == ["acme/a", "acme/b"])
        #expect(packages.packages.allSatisfy { $0.versions.count == 3 && $0.value != nil })
        #expect(packages.tally == FormatTally() && packages.includes.isEmpty)
        for provider in root.providers {
            let hash = try #require(provider.hash)
            let document = try TestData.recorded.bytes(
                "composer/satis-built/\(name)/p/\(provider.name)$\(hash.text).json"
            )
            #expect(hash.matches(document))
        }
    }

    @Test func `a Satis of 2021 is a list of available packages`() throws {
        let root = try Self.root("packagist-p2/satis-2021/packages.json")
        #expect(root.offer == .list && root.availablePackages?.count == 157 && root.tally == FormatTally())
    }

    @Test func `every hash of the recorded provider tree is true`() throws {
        let folder = "packagist-v1/wpackagist-2025-10-18"
        let root = try Self.root("\(folder)/packages.json", from: "https://wpackagist.org")
        #expect(root.offer == .tree && root.isFinite && root.availablePatterns == nil)
        #expect(root.providerIncludes.count == 20)
        #expect(root.providerIncludes.allSatisfy { $0.hash?.sha256 != nil })
        var hashes: [String: AnnouncedHash] = [:]
        for file in root.providerIncludes {
            let captured = "p-\(file.name.dropFirst(2))"
            guard ["2011", "2025-12", "this-week"].contains(String(captured.dropFirst(12).dropLast(5))) else {
                continue
            }
            let bytes = try TestData.recorded.bytes("\(folder)/\(captured)")
            #expect(file.hash?.matches(bytes) == true)
            let listing = try ProviderListing(parsing: bytes, from: root.url) { hashes[$0.name] = $0.hash }
            #expect(listing.count > 800 && listing.tally.damaged == 0)
        }
        var checked = 0
        for (file, bytes) in try TestData.recorded.documents(in: folder) {
            guard let mark = file.firstIndex(of: "$") else { continue }
            let name = "wpackagist-plugin/\(file[file.index(after: mark)...])"
            if let hash = hashes[name] {
                checked += 1
                #expect(hash.matches(bytes), "\(name)")
            }
        }
        #expect(checked > 0)
    }

    @Test func `recorded inline repositories and documents`() throws {
        let stubs = try TestData.recorded.bytes("composer/inline/wp-stubs-packages.json")
        #expect(try RepositoryRoot(parsing: stubs, from: testURL).offerInWords == "packages in the root")
        let found = try IncludedPackages(parsing: stubs, from: testURL)
        #expect(found.packages.map(\.name) == ["inpsyde/wp-stubs-versions"] && found.packages[0].value != nil)
        let gemfury = try TestData.recorded.bytes("composer/inline/gemfury-packages.json")
        #expect(try IncludedPackages(parsing: gemfury, from: testURL).packages[0].versions.count == 3)
        // A document that holds other packages than the one it is named after.
        let other = try TestData.recorded.bytes("composer/inline/packagist-v1-magento-adobe-ims.json")
        #expect(
            try IncludedPackages(parsing: other, from: testURL).packages.map(\.name)
                == [
                    "jean85/composer-provided-replaced-stub-package", "jtl/connector-shopware", "monolog/monolog",
                    "phpointless/monolol",
                ]
        )
    }

    @Test func `recorded answers of the feed`() throws {
        let folder = "packagist-p2/changes"
        let start = try ChangesAnswer.start(
            parsing: TestData.recorded.bytes("\(folder)/error-no-since-2021-02-28.json")
        )
        #expect(start == 16_145_146_222_715)
        let answer = try ChangesAnswer(parsing: TestData.recorded.bytes("\(folder)/actions-sample-2021-02-28.json"))
        #expect(answer.timestamp == 16_145_145_025_048 && answer.tally == .init(actions: 3))
        #expect(answer.packages.map(\.name) == ["to-delete/deleted-package", "ossf/package"])
        #expect(answer.packages[1].dev?.time == 1_614_514_502 && answer.packages[0].isDelete)
        let resync = try ChangesAnswer(parsing: TestData.recorded.bytes("\(folder)/resync-from-source.json"))
        #expect(resync.wantsResync && resync.packages.isEmpty && resync.timestamp == 17_915_283_000_011)
    }
}
