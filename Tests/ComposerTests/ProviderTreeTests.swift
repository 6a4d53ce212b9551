import Composer
import Foundation
import Testing

/// The files of the v1 tree.
@Suite struct TreeDocumentTests {
    private func document(_ texts: String...) throws -> String {
        String(decoding: try TreeDocument.json("a/b", of: texts.map { Array($0.utf8) }), as: UTF8.self)
    }

    private func uid(_ normalized: String) -> String { "\(VersionUID.uid(name: "a/b", versionNormalized: normalized))" }

    @Test func `versions of both documents stand in one, written out`() throws {
        let main = #"""
            {"packages":{"a/b":[{"name":"a/b","version":"1.1","version_normalized":"1.1.0.0","x":{"y":[1, 2]},"z":"é\/"},
            {"version":"1.0","version_normalized":"1.0.0.0","z":"__unset","x":null}]},"minified":"composer/2.0"}
            """#
        let dev =
            #"{"packages":{"a/b":[{"name":"a/b","version":"dev-master","version_normalized":"dev-master","uid":7}]}}"#
        let expected =
            #"{"packages":{"a/b":{"1.1":{"name":"a/b","version":"1.1","x":{"y":[1, 2]},"z":"é\/","#
            + #""version_normalized":"1.1.0.0","uid":\#(self.uid("1.1.0.0"))},"#
            + #""1.0":{"name":"a/b","version":"1.0","version_normalized":"1.0.0.0","uid":\#(self.uid("1.0.0.0"))},"#
            + #""dev-master":{"name":"a/b","version":"dev-master","version_normalized":"9999999-dev","#
            + #""uid":\#(self.uid("dev-master"))}}}}"#
        #expect(try self.document(main, dev) == expected)
    }

    @Test(arguments: [
        (#"{"packages":[]}"#, 0), (#"{"packages":{"a/b":[]}}"#, 0), (#"{"packages":{"a/c":[{"version":"1.0"}]}}"#, 0),
        (#"{"packages":{"a/b":{"1.0":{"version":"1.0"}}}}"#, 1),
        (#"{"packages":{"a/b":[{"version":"1.0"},{"version":"1.0"}]}}"#, 1),
        (#"{"packages":{"a/b":[{"name":"a/b"},[],null,{"version":"1.0"}]}}"#, 1),
        (#"{"packages":{"a/b":[{"version":"\u00e9"}]},"a/b":7}"#, 1),
    ])
    func `what is no version of the package is left out`(_ text: String, _ count: Int) throws {
        let read = try JSONSerialization.jsonObject(with: Data(try self.document(text).utf8)) as? [String: Any]
        let packages = try #require(read?["packages"] as? [String: [String: [String: Any]]])
        #expect(packages["a/b"]?.count == count)
        #expect(packages["a/b"]?.values.allSatisfy { $0["name"] as? String == "a/b" && $0["uid"] is Int64 } == true)
    }

    @Test(arguments: [
        ("dev-master", "9999999-dev"), ("dev-trunk", "9999999-dev"), ("dev-default", "9999999-dev"),
        ("dev-main", "dev-main"), ("1.x-dev", "1.9999999.9999999.9999999-dev"),
    ])
    func `branches are numbered as Composer 1 numbers them, and keep the uid of their own`(
        _ version: String,
        _ expected: String
    ) throws {
        let text = #"{"packages":{"a/b":[{"version":"\#(version)"}]}}"#
        let normalized = try #require(Version.normalize(version))
        let members = #""version_normalized":"\#(expected)","uid":\#(self.uid(normalized))}"#
        #expect(try self.document(text).contains(members))
    }

    @Test func `a short list that stands for a huge one is refused`() throws {
        let versions = (0..<2_000).map { #",{"version":"1.\#($0)"}"# }.joined()
        let long = String(repeating: "x", count: 100_000)
        let text = #"{"minified":"composer/2.0","packages":{"a/b":[{"version":"0","x":"\#(long)"}\#(versions)]}}"#
        #expect(throws: TreeDocument.TooLarge.self) { try self.document(text) }
        #expect(throws: (any Error).self) { try self.document("{") }
    }

    @Test func `a name that is too long for a file with a hash is refused`() throws {
        func key(_ count: Int) throws -> String {
            let name = "a/" + String(repeating: "x", count: count)
            let bytes = try TreeDocument.json(name, of: [Array(#"{"packages":{}}"#.utf8)])
            return TreeFile(name: name, content: ContentHash(of: bytes)).key
        }
        #expect(try key(185).split(separator: "/").last?.utf8.count == 255)
        #expect(throws: TreeDocument.NameTooLong.self) { try key(186) }
    }

    @Test func `files are known by their keys`() throws {
        let hash = ContentHash(of: [])
        let file = TreeFile(name: "a/b", content: hash)
        #expect(file.key == "v1/p/a/b$\(hash.hexadecimal).json")
        #expect(TreeFile(key: file.key) == file && !file.isListing)
        let listing = TreeFile(name: TreeGroup.everything.listingName, content: hash)
        #expect(TreeFile(key: listing.key) == listing && listing.isListing)
        #expect(TreeFile(key: "v1/p/provider-x/b$\(hash.hexadecimal).json")?.isListing == false)
        for key in [
            "v1/packages.json", "v1/p/a/b.json", "v1/p/a/b$\(hash.hexadecimal.uppercased()).json", "p2/a/b.json",
            "v1/p/a/b$\(hash.hexadecimal).js", "v1/p/provider-é$\(hash.hexadecimal).json",
            "v1/p/$\(hash.hexadecimal).json",
        ] { #expect(TreeFile(key: key) == nil, "\(key)") }
    }

    @Test func `listings and the root name files in one order`() {
        let hash = ContentHash(of: [])
        let files = ["b/a", "a/b"].map { TreeFile(name: $0, content: hash) }
        let entries = #"{"a/b":{"sha256":"\#(hash.hexadecimal)"},"b/a":{"sha256":"\#(hash.hexadecimal)"}}"#
        #expect(String(decoding: TreeListing.json(files), as: UTF8.self) == #"{"providers":\#(entries)}"#)
        let listing = TreeFile(name: "provider-00000000-0", content: hash)
        let root = TreeListing.root([listing], repositoryURL: "https://x.org/r/", publicURL: "https://p.org")
        #expect(
            String(decoding: root, as: UTF8.self)
                == #"{"packages":[],"notify-batch":"https://p.org/downloads","search":"https://p.org/search.json?q=%query%&type=%type%","#
                + #""providers-url":"https://x.org/r/v1/p/%package%$%hash%.json","#
                + #""provider-includes":{"p/provider-00000000-0$%hash%.json":{"sha256":"\#(hash.hexadecimal)"}}}"#
        )
    }
}
