import Composer
import TestSupport
import Testing

@testable import ComposerRepository

/// P16: what is not a declared rewriting is upstream's, byte for byte.
@Suite struct PassThroughTests {
    static let version = #"{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0"}"#

    @Test(arguments: [
        #"{"packages":{"acme/a":[VERSION]}}"#,
        #"{"minified":"composer/2.0","packages":{"acme/a":[VERSION,{"version":"0.9","version_normalized":"0.9.0.0"}]}}"#,
        #"{"packages":{"acme/a":[]}}"#,
        #"{"packages":{"acme/a":{"1.0":VERSION}},"last-modified":"x"}"#,
        "{\n \"packages\" : { \"acme\\/a\" : [ VERSION ] } , \"other\" : [ 1.50, \"\\u00e9\u{e9}\" ] }\n",
        #"{"packages":{"other/b":[{"name":"other/b"}],"Acme/A":[VERSION]}}"#,
    ])
    func `P16: a document that needs nothing is upstream's bytes`(_ document: String) throws {
        let document = document.replacing("VERSION", with: Self.version)
        let package = try RepositoryPackage(document, dev: document)
        #expect(package.main.content == .passThrough && package.dev.content == .passThrough)
        #expect(package.main.versionCount == package.dev.versionCount)
    }

    @Test(arguments: [
        "[]", " [ ] ", "{}", #"{"packages":[]}"#, #"{"packages":{}}"#, #"{"packages":{"other/b":[VERSION]}}"#,
        #"{"packages":{"acme/a":null}}"#, #"{"packages":{"acme/a":[VERSION]},"packages":[]}"#,
    ])
    func `a document without the package is none, as Composer finds nothing in it`(_ document: String) throws {
        let package = try RepositoryPackage(document.replacing("VERSION", with: Self.version), dev: nil)
        #expect(package.main == .none && package.dev == .none && package.versionCount == 0)
        #expect(package["documents_without_package"] == 1)
    }

    @Test func `other packages in a document are counted, and stay in it`() throws {
        let package = try RepositoryPackage(#"{"packages":{"b/b":[],"acme/a":[],"c/c":{}}}"#)
        #expect(package.main.content == .passThrough && package["packages_of_other_names"] == 2)
    }

    @Test func `where upstream has no document there is none`() throws {
        let package = try RepositoryPackage(nil)
        #expect(package.main == .none && package.dev == .none && package.counts.isEmpty)
    }

    @Test(arguments: [
        (#"{"warning":"w","packages":P}"#, #"{"packages":P}"#),
        (#"{"packages":P,"info":"i"}"#, #"{"packages":P}"#),
        (#"{ "infos" : [{}] , "warnings":[] , "packages":P , "x":1 }"#, #"{ "packages":P , "x":1 }"#),
        (#"{"a":1, "warning-versions":"*", "info-versions":"*", "packages":P}"#, #"{"a":1, "packages":P}"#),
        (#"{"warning":1,"packages":P,"warning":2}"#, #"{"packages":P}"#),
        (#"{"w\u0061rning":1,"packages":P}"#, #"{"packages":P}"#),
    ])
    func `P16: notices are cut out, and nothing else changes`(_ document: String, _ expected: String) throws {
        let versions = #"{"acme/a":[\#(Self.version)]}"#
        let package = try RepositoryPackage(document.replacing("P", with: versions))
        #expect(package.main.text == expected.replacing("P", with: versions))
        #expect(package["notices_taken_out"] >= 1 && package["documents_rewritten"] == 1)
        #expect(package.versionCount == 1)
    }

    @Test func `P16: advisories stay only where the caller says so, and lists of what is not installed do`() throws {
        let filter = #""filter":{"malware":[{"constraint":"1.0|>=2.1,<2.2","reason":"r"},{"constraint":"*"}],"x":[]}"#
        let document = #"{"packages":{"acme/a":[]},"security-advisories":[{"advisoryId":"x"}],\#(filter)}"#
        let kept = try RepositoryPackage(document, policies: .kept)
        #expect(kept.main.content == .passThrough)
        let cut = try RepositoryPackage(document)
        #expect(cut.main.text == #"{"packages":{"acme/a":[]},\#(filter)}"#)
        #expect(cut["policies_taken_out"] == 1)
        for package in [kept, cut] {
            #expect(package.filters == ["1.0|>=2.1,<2.2", "*"].map { FilterEntry(list: "malware", constraint: $0) })
        }
    }

    @Test(arguments: [
        #""no section""#, "7", "[1]", #"{"malware":{}}"#, #"{"malware":[1]}"#, #"{"malware":[{}]}"#, #"{"":[]}"#,
        #"{"malware":[{"constraint":"1.0"},{"constraint":"not a version"}]}"#, #"{"malware":[{"constraint":7}]}"#,
        #"{"<b>":[{"constraint":"1.0"}]}"#,
    ])
    func `lists that Composer could come to grief by are cut out whole`(_ section: String) throws {
        let package = try RepositoryPackage(#"{"packages":{"acme/a":[]},"filter":\#(section)}"#, policies: .kept)
        #expect(package.main.text == #"{"packages":{"acme/a":[]}}"#)
        #expect(package.filters.isEmpty && package["policies_taken_out"] == 1)
    }

    @Test func `the newest stable version, time and description are told`() throws {
        let package = try RepositoryPackage(
            #"""
            {"minified":"composer/2.0","packages":{"acme/a":[
            {"name":"acme/a","description":"A \"thing\"","version":"v2.0-beta1","version_normalized":"2.0.0.0-beta1",
            "time":"2025-01-02T03:04:05+00:00"},
            {"version":"v1.9","version_normalized":"1.9.0.0","time":"2025-01-02T05:04:05+01:00"},
            {"version":"v1.10","version_normalized":"1.10.0.0","time":"2024-01-01 00:00:00"},
            {"version":"v1.2","version_normalized":"1.2.0.0","time":"nonsense"}]}}
            """#
        )
        #expect(package.latestVersion == "v1.10" && package.description == #"A "thing""#)
        #expect(package.newestSeconds == 1_735_790_645 && package.versionCount == 4)
    }
}
