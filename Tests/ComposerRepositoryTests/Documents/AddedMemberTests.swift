import Composer
import TestSupport
import Testing

@testable import ComposerRepository

/// What Composer needs and upstream's documents lack.
@Suite struct AddedMemberTests {
    @Test(arguments: [
        ("v1.2", "1.2.0.0"), ("1.0-beta2", "1.0.0.0-beta2"), ("2024.01.02", "2024.01.02.0"), ("20240102", "20240102"),
        ("1.0.0+build", "1.0.0.0"),
    ])
    func `P16: version_normalized is added where it is missing`(_ version: String, _ normalized: String) throws {
        let document = #"{"packages":{"acme/a":[{"version" : "V", "name":"acme/a"}]}}"#.replacing("V", with: version)
        let package = try RepositoryPackage(document)
        let added = document.replacing("\"\(version)\"", with: #""\#(version)","version_normalized":"\#(normalized)""#)
        #expect(package.main.text == added && package["versions_normalized"] == 1)
        #expect(package["versions_left_out"] == 0 && package.latestVersion != nil || version.contains("beta"))
    }

    @Test(arguments: [
        ("dev-main", "dev-main"), ("dev-master", "dev-master"), ("dev-feature/x", "dev-feature/x"),
        ("1.x-dev", "1.9999999.9999999.9999999-dev"),
        ("v2.1.x-dev", "2.1.9999999.9999999-dev"), ("trunk", "dev-trunk"),
    ])
    func `branches are normalised as Composer 2 does it`(_ version: String, _ normalized: String) throws {
        let document = #"{"packages":{"acme/a":[{"name":"acme/a","version":"\#(version)"}]}}"#
        let package = try RepositoryPackage(nil, dev: document)
        let added =
            #"{"packages":{"acme/a":[{"name":"acme/a","version":"\#(version)","version_normalized":"\#(normalized)"}]}}"#
        #expect(package.dev.text == added)
    }

    @Test func `one that says nothing gets the value`() throws {
        let document = #"{"packages":{"acme/a":[{"name":"acme/a","version_normalized":null,"version":1.10}]}}"#
        let package = try RepositoryPackage(document)
        #expect(package.main.text == document.replacing("null", with: #""1.1.0.0""#) && package.latestVersion == "1.1")
    }

    @Test func `in a minified list each version gets its own`() throws {
        let document =
            #"{"minified":"composer/2.0","packages":{"acme/a":[{"name":"acme/a","version":"1.1"},{"version":"1.0"},{"x":1},{}]}}"#
        let package = try RepositoryPackage(document)
        let expected =
            #"{"minified":"composer/2.0","packages":{"acme/a":[{"name":"acme/a","version":"1.1","version_normalized":"1.1.0.0"},{"version":"1.0","version_normalized":"1.0.0.0"},{"version_normalized":"1.0.0.0","x":1},{"version_normalized":"1.0.0.0"}]}}"#
        #expect(package.main.text == expected)
        let shorter = document.replacing(#"{"x":1}"#, with: #"{"name":"x/y"},{"name":"acme/a"}"#).replacing(
            ",{}]",
            with: "]"
        )
        #expect(
            try RepositoryPackage(shorter).main.text
                == expected.replacing(
                    #"{"version_normalized":"1.0.0.0","x":1},{"version_normalized":"1.0.0.0"}"#,
                    with: "{}"
                )
        )
    }

    @Test func `a name that is missing is added where all stabilities are together, and left out elsewhere`() throws {
        let versions = #"[{"version":"1.0","version_normalized":"1.0.0.0"},{"name":null,"version":"0.9"}]"#
        let all = try RepositoryPackage(name: "acme/a", versions: Array(versions.utf8))
        #expect(
            all.main.text
                == #"{"packages":{"acme/a":[{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0"},{"name":"acme/a","version":"0.9","version_normalized":"0.9.0.0"}]}}"#
        )
        #expect(all["versions_named"] == 2)
        let main = try RepositoryPackage(#"{"packages":{"acme/a":\#(versions)}}"#)
        #expect(main.main.text == #"{"packages":{"acme/a":[]}}"# && main["versions_wrong_name"] == 2)
    }

    @Test func `a uid is a hash of name and version, of 63 bits`() {
        let uid = VersionUID.uid(name: "acme/a", versionNormalized: "1.0.0.0")
        #expect(uid > 0 && uid == VersionUID.uid(name: "acme/a", versionNormalized: "1.0.0.0"))
        #expect(uid != VersionUID.uid(name: "acme/a1", versionNormalized: ".0.0.0"))
        // The first eight bytes of what `printf 'acme/a\0001.0.0.0' | sha256sum` says, without the first bit.
        #expect(uid == 0x5803_064b_e681_0fa7)
    }
}
