import TestSupport
import Testing

@testable import ComposerRepository

/// P14, P21: whatever comes, it is read or refused, and stops nobody.
@Suite struct SpoiltBytesTests {
    static let files = [
        #"""
        {"packages":{"acme/a":{"1.0":{"name":"acme/a","x":"\u00e9\ud83d\ude00"}},"b":[{"name":"acme\/b"}]},
        "includes":{"include/all$1.json":{"sha1":"1"}},"metadata-url":"/p2/%package%.json","list":"https://x.example/l",
        "provider-includes":{"p/x$%hash%.json":{"sha256":"12"}},"providers-url":"/p/%package%$%hash%.json",
        "providers":{"acme/a":{"sha256":"34"}},"available-packages":["acme/a"],"mirrors":[{"dist-url":"/d","preferred":1}],
        "security-advisories":{"metadata":true,"api-url":"/a"},"filter":{"lists":{"m":{"enabled":true}}},"notify":"/n"}
        """#,
        #"""
        {"actions":[{"type":"delete","package":"acme/a","time":1614513806},{"type":"update","package":"acme/a~dev",
        "time":9223372036854775807},{"type":"resync","package":"*","time":-9223372036854775808}],"timestamp":16145145025048}
        """#, #"{"packageNames":["acme/a","acme\/b"]}"#,
    ]

    static func spoilt(_ file: some Sequence<UInt8>, _ random: inout SplitMix) -> [UInt8] {
        file.spoilt(with: ["9223372036854775808", #"[]{}\u\"%:/@$null"#], &random)
    }

    /// Reads `bytes` as each of the formats.
    static func readAll(_ bytes: [UInt8]) {
        if let root = try? RepositoryRoot(parsing: bytes, from: testURL) {
            _ = root.offerInWords
            _ = root.documentURL?.url(package: "acme/a")
            for file in root.providerIncludes { _ = file.hash?.matches([]) }
        }
        _ = try? ChangesAnswer(parsing: bytes)
        _ = try? ChangesAnswer.start(parsing: bytes)
        _ = try? ProviderListing(parsing: bytes, from: testURL) { _ in }
        _ = try? PackageNames.read(bytes) { _ in }
        if let found = try? IncludedPackages(parsing: bytes, from: testURL) {
            for package in found.packages {
                for range in package.versions { #expect(found.bytes[range].first == UInt8(ascii: "{")) }
            }
        }
        if let url = try? RepositoryURL(String(decoding: bytes, as: UTF8.self)) {
            _ = try? url.resolve(String(decoding: bytes.reversed(), as: UTF8.self))
        }
    }

    @Test func `P21: no root and no answer stops the process`() {
        var random = SplitMix(seed: 13)
        for round in 0..<3_000 {
            Self.readAll(Self.spoilt(Self.files[round % Self.files.count].utf8, &random))
        }
    }

    @Test func `P21: no address stops the process`() {
        var random = SplitMix(seed: 17)
        for text in ["https://[::1]:8080/a/../b.json?x#y", "http://a.example/./p/%package%$%hash%", "/../..//./"] {
            for _ in 0..<1_000 {
                let spoilt = String(decoding: Self.spoilt(text.utf8, &random), as: UTF8.self)
                _ = try? RepositoryURL(spoilt)
                if let address = try? testURL.resolve(spoilt) {
                    let once = try? HTTPAddress(address).text
                    #expect(once == address, "\(spoilt)")
                    _ = URLTemplate(address).url(package: spoilt, hash: AnnouncedHash(spoilt))
                }
                _ = PackageKey.of(spoilt)
            }
        }
    }

    @Test(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
    func `P21: no spoilt root of a real repository stops the process`() throws {
        var random = SplitMix(seed: 19)
        for folder in ["composer/roots", "packagist-p2/roots", "packagist-p2/changes", "composer/inline"] {
            for (_, bytes) in try TestData.recorded.documents(in: folder) {
                for _ in 0..<100 { Self.readAll(Self.spoilt(bytes, &random)) }
            }
        }
    }
}
