import TestSupport
import Testing

/// Over all names and versions that were recorded of WordPress.org what the other tests prove over some.
///
/// Where no such data is, `make test` leaves these out and says how many they are.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedNameTests {
    private static func packages() throws -> [RecordedPackage] {
        try RecordedPackage.plugins.get() + RecordedPackage.themes.get()
    }

    /// Tags, headers and live tags of all packages, each once.
    private static func versions() throws -> [String] {
        var strings = Set<[UInt8]>()
        for package in try self.packages() {
            for text in package.tags + [package.version, package.stableTag ?? ""] { strings.insert(Array(text.utf8)) }
        }
        for table in ["odd-100-version-strings.tsv", "odd-version-strings-not-plain-numeric.tsv"] {
            strings.formUnion(try TestData.recorded.strings(table).map { Array($0.utf8) })
        }
        return strings.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `every version string is normalised and sorted by stability as composer/semver does`() async throws {
        try await VersionTests.expectComposersVerdicts(on: Self.versions())
    }

    @Test(arguments: VersionTests.Form.allCases)
    func `every version string compares as PHP's version_compare does`(_ form: VersionTests.Form) async throws {
        try await VersionTests.expectPHPsOrder(of: Self.versions(), form)
    }

    @Test func `takes the names that Composer takes, over all slugs of the directory`() async throws {
        try await PackageNameTests.expectComposersVerdicts(on: Self.packages().map(\.slug))
    }
}
