import TestSupport
import Testing

@testable import ComposerRepository

/// Branches go into the document of branches.
@Suite struct BranchTests {
    static let release = #"{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0"}"#
    static let branch = #"{"name":"acme/a","version":"dev-main","version_normalized":"dev-main"}"#
    static let other = #"{"name":"acme/a","version":"1.x-dev","version_normalized":"1.9999999.9999999.9999999-dev"}"#

    @Test func `P16: branches in a main document go into a document of their own, in order`() throws {
        let package = try RepositoryPackage(
            #"{"packages":{"acme/a":[\#(Self.branch),\#(Self.release),\#(Self.other)]}}"#
        )
        #expect(package.main.text == #"{"packages":{"acme/a":[\#(Self.release)]}}"#)
        #expect(package.dev.text == #"{"packages":{"acme/a":[\#(Self.branch),\#(Self.other)]}}"#)
        #expect(package["branches_moved"] == 2 && package.main.versionCount == 1 && package.dev.versionCount == 2)
    }

    @Test func `P16: a GitLab document, a map without normal versions and with branches, becomes two lists`() throws {
        let map = #"""
            {"packages":{"acme/a":{"dev-main":{"name":"acme/a","version":"dev-main","uid":7},
            "v1.0":{"name":"acme/a","version":"v1.0","uid":8}}}}
            """#
        let package = try RepositoryPackage(map)
        let main = #"{"name":"acme/a","version":"v1.0","version_normalized":"1.0.0.0","uid":8}"#
        let dev = #"{"name":"acme/a","version":"dev-main","version_normalized":"dev-main","uid":7}"#
        #expect(package.main.text == #"{"packages":{"acme/a":[\#(main)]}}"#)
        #expect(package.dev.text == #"{"packages":{"acme/a":[\#(dev)]}}"#)
        #expect(package["versions_normalized"] == 2 && package["documents_rewritten"] == 2)
    }

    @Test func `where there is no document but that of the branches, one without versions is put beside it`() throws {
        let dev = #"{"packages":{"acme/a":[\#(Self.branch)]}}"#
        let package = try RepositoryPackage(name: "acme/a", main: nil, dev: Array(dev.utf8))
        #expect(package.main.text == #"{"packages":{"acme/a":[]}}"# && package.main.versionCount == 0)
        #expect(package.dev.content == .passThrough && package["documents_rewritten"] == 1)
        #expect(try RepositoryPackage(name: "acme/a", main: nil, dev: nil).main.content == .none)
    }

    @Test func `branches that both documents have are in it once`() throws {
        let main = #"{"packages":{"acme/a":[\#(Self.release),\#(Self.other),\#(Self.branch)]}}"#
        let dev = #"{"packages":{"acme/a":[ \#(Self.branch) ]},"x":1}"#
        let package = try RepositoryPackage(main, dev: dev)
        #expect(package.dev.text == #"{"packages":{"acme/a":[\#(Self.branch),\#(Self.other)]},"x":1}"#)
        #expect(package["versions_repeated"] == 1)
    }

    @Test func `branches leave a minified list for a minified list`() throws {
        let main =
            #"{"minified":"composer/2.0","packages":{"acme/a":[{"name":"acme/a","version":"dev-main","version_normalized":"dev-main","type":"x"},{"version":"1.0","version_normalized":"1.0.0.0"},{"version":"1.x-dev","version_normalized":"1.9999999.9999999.9999999-dev","type":"__unset"}]}}"#
        let package = try RepositoryPackage(main, dev: #"{"packages":{"acme/a":[]}}"#)
        #expect(
            package.main.text
                == #"{"minified":"composer/2.0","packages":{"acme/a":[{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0","type":"x"}]}}"#
        )
        #expect(
            package.dev.text
                == #"{"minified":"composer/2.0","packages":{"acme/a":[{"name":"acme/a","version":"dev-main","version_normalized":"dev-main","type":"x"},{"version":"1.x-dev","version_normalized":"1.9999999.9999999.9999999-dev","type":"__unset"}]}}"#
        )
    }

    @Test func `a file of all stabilities becomes two documents, with upstream's bytes in them`() throws {
        let alias = #"{ "name":"acme/a", "version":"dev-master", "version_normalized":"9999999-dev", "uid": 12 }"#
        let document = #"{"packages":{"b/b":{"1.0":{}},"acme\/a":{"dev-master":\#(alias),"1.0":\#(Self.release)}}}"#
        let package = try RepositoryPackage(name: "acme/a", document: Array(document.utf8))
        #expect(package.main.text == #"{"packages":{"acme/a":[\#(Self.release)]}}"#)
        #expect(package.dev.text == #"{"packages":{"acme/a":[\#(alias)]}}"#)
        #expect(package["packages_of_other_names"] == 1 && package.versionCount == 2)
        let versions = try RepositoryPackage(name: "acme/a", versions: Array("[\(alias),\(Self.release)]".utf8))
        #expect(versions.main == package.main && versions.dev == package.dev)
    }

    @Test func `a file of all stabilities has both documents, also without versions, and none without the package`()
        throws
    {
        let empty = #"{"packages":{"acme/a":[]}}"#
        let package = try RepositoryPackage(name: "acme/a", document: Array(empty.utf8))
        #expect(package.main.text == empty && package.dev.text == empty)
        let none = try RepositoryPackage(name: "acme/b", document: Array(empty.utf8))
        #expect(none.main == .none && none.dev == .none && none["documents_without_package"] == 1)
    }

    @Test func `in a provider tree the first of several versions of one uid counts`() throws {
        let document =
            #"{"packages":{"acme/a":{"1":{"name":"acme/a","version":"1","uid":1},"2":{"name":"acme/a","version":"2","uid":1}}}}"#
        let package = try RepositoryPackage(name: "acme/a", document: Array(document.utf8))
        #expect(package.versionCount == 1 && package["versions_repeated"] == 1)
    }

    @Test func `in a provider tree versions count by the name that stands in them`() throws {
        let document =
            #"{"packages":{"x/y":[{"name":"x/y","version":"3"},{"name":"Acme\/A","version":"2"}],"acme/a":[{"version":"1"}]}}"#
        let package = try RepositoryPackage(name: "acme/a", document: Array(document.utf8))
        #expect(package.versionCount == 2 && package.latestVersion == "2" && package["versions_left_out"] == 0)
        let other = try RepositoryPackage(name: "x/y", document: Array(document.utf8))
        #expect(other.versionCount == 1 && other["versions_wrong_name"] == 1)
        #expect(try RepositoryPackage(document).versionCount == 0, "below metadata-url the key counts")
    }
}
