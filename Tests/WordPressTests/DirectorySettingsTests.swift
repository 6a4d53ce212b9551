import Testing

@testable import WordPress

@Suite struct DirectorySettingsTests {
    @Test func `the fingerprint changes with what shapes the documents of packages, and with nothing else`() {
        let base = DirectorySettings(.plugin)
        var fingerprints: Set<String> = [base.fingerprint]
        for change in [
            { $0.vendor = "x" }, { $0.subversionURL = "x" }, { $0.downloadsURL = "x" },
            { ($0.vendor, $0.subversionURL) = ("ab", "c") }, { ($0.vendor, $0.subversionURL) = ("a", "bc") },
        ] as [(inout DirectorySettings) -> Void] {
            var settings = base
            change(&settings)
            #expect(fingerprints.insert(settings.fingerprint).inserted)
        }
        var settings = base
        settings.apiURL = "https://a.example"
        settings.askedSubversionURL = "https://b.example"
        #expect(settings.fingerprint == base.fingerprint, "where it is fetched from")
    }
}
