import Composer
import Testing

@testable import ComposerRepository

@Suite struct RepositoryRootTests {
    @Test func `every address of a root is absolute`() throws {
        let root = try root(
            #"""
            {"packages":[],"metadata-url":"/p2/%package%.json","metadata-changes-url":"https:\/\/feed.example/c.json",
            "list":"list.json","providers-url":"/p/%package%$%hash%.json",
            "security-advisories":{"metadata":true,"api-url":"/advisories"},
            "filter":{"metadata":1,"lists":{"malware":{"enabled":true},"x":{"enabled":false},"y":[]},"summary-url":"/s"},
            "available-packages":["Acme/A","acme/b"],"available-package-patterns":["acme/*",1,null]}
            """#
        )
        #expect(root.metadataURL?.description == "https://composer.example/p2/%package%.json")
        #expect(root.changesURL == "https://feed.example/c.json")
        #expect(root.listURL == "https://composer.example/sub/list.json")
        #expect(root.providersURL?.description == "https://composer.example/p/%package%%24%hash%.json")
        #expect(
            root.securityAdvisories == RootAdvisories(inDocuments: true, apiURL: "https://composer.example/advisories")
        )
        #expect(
            root.filter
                == RootFilter(inDocuments: true, lists: ["malware"], summaryURL: "https://composer.example/s")
        )
        #expect(root.availablePackages == ["acme/a", "acme/b"])
        #expect(root.availablePatterns == ["acme/*", "1"])
        #expect(root.tally.damaged == 1 && root.problems.isEmpty)
    }

    @Test(arguments: [
        (
            #"{"metadata-url":"/%package%","metadata-changes-url":"/c","list":"/l"}"#, "feed", true,
            "change feed with list"
        ),
        (#"{"metadata-url":"/%package%","metadata-changes-url":"/c"}"#, "feed", false, "change feed without list"),
        (
            #"{"metadata-url":"/%package%","available-packages":["a/b"],"includes":{"i.json":{"sha1":"1"}}}"#, "list",
            true, "list of available packages"
        ),
        (
            #"{"metadata-url":"/%package%","list":"/l","packages":[[1]]}"#, "list", true,
            "list of packages, some packages in the root"
        ),
        (
            #"{"metadata-url":"/%package%","available-packages":["a/b"],"available-package-patterns":["a/*"]}"#,
            "names",
            false, "packages by name (metadata-url)"
        ),
        (#"{"metadata-url":"/%package%","available-packages":[]}"#, "names", false, "packages by name (metadata-url)"),
        (
            #"{"metadata-url":"/%package%","provider-includes":{"p":{"sha256":"1"}},"providers-url":"/p"}"#, "tree",
            true, "provider tree"
        ),
        (#"{"provider-includes":{"p":{"sha256":"1"}},"providers-url":"/p"}"#, "tree", true, "provider tree"),
        (
            #"{"providers":{"a/b":{"sha256":null}},"providers-url":"/p","includes":{"i":{}}}"#, "tree", true,
            "provider tree"
        ),
        (#"{"providers":[],"providers-url":"/p"}"#, "tree", true, "provider tree"),
        (
            #"{"providers":{"a/b":{}},"providers-url":"/p","providers-lazy-url":"/l/%package%"}"#, "tree", false,
            "provider tree, other packages by name"
        ),
        (#"{"packages":[],"providers-url":"/p","includes":{"i":{}}}"#, "includes", true, "includes"),
        (#"{"packages":[]}"#, "includes", true, "packages in the root"),
        (#"{"packages":{"a/b":[]},"metadata-url":""}"#, "includes", true, "packages in the root"),
        (
            #"{"providers-lazy-url":"/l/%package%","includes":{"i":{}}}"#, "lazy", false,
            "packages by name (providers-lazy-url)"
        ),
        (#"{"providers-lazy-url":"/l/%package%","list":"/l"}"#, "list", true, "list of packages"),
        (
            #"{"available-packages":["a/b"],"providers-lazy-url":"/l/%package%"}"#, "lazy", false,
            "packages by name (providers-lazy-url)"
        ),
    ])
    func `the best way to discover is found out`(json: String, offer: String, isFinite: Bool, words: String) throws {
        let root = try root(json)
        #expect(root.offer.rawValue == offer)
        #expect(root.isFinite == isFinite)
        #expect(root.offerInWords == words)
    }

    @Test(arguments: [
        "", "[]", "null", "<html>", "{}", #"{"error":"x"}"#, #"{"packages":null}"#, #"{"packages":[]"#,
        #"{"packages":[]} x"#,
        #"{"list":"/l"}"#, #"{"packages":[],"metadata-url":"ftp://x/"}"#, #"{"packages":[],"metadata-url":true}"#,
        #"{"packages":[],"providers-url":"https://u:p@x/"}"#, #"{"providers-lazy-url":["x"]}"#,
    ])
    func `P9: what is no root, or can't be followed, is no repository without packages`(json: String) {
        #expect(refusal { try root(json) }?.hasPrefix("no root of a Composer repository: ") == true)
    }

    @Test(arguments: ["[]", "{}", "null", "7", #""x""#, "true", "[7]", #"{"x":7}"#, "[[]]"])
    func `P21: any value may stand anywhere`(value: String) throws {
        for member in [
            "packages", "includes", "provider-includes", "providers", "available-packages", "mirrors", "filter",
            "available-package-patterns", "security-advisories", "metadata-changes-url", "list", "notify-batch",
            "notify",
            "providers-url", "providers-lazy-url", "unknown", "warning",
        ] {
            let root = try root(#"{"metadata-url":"/p2/%package%.json","\#(member)":\#(value)}"#)
            #expect(root.metadataURL != nil)
        }
        _ = try root(
            #"{"metadata-url":"/%package%","filter":{"lists":\#(value),"metadata":\#(value),"api-url":\#(value)}}"#
        )
        _ = try root(#"{"metadata-url":"/%package%","mirrors":[{"dist-url":\#(value),"preferred":\#(value)}]}"#)
        _ = try root(#"{"packages":[],"includes":{"x":\#(value)},"provider-includes":{"y":\#(value)}}"#)
    }

    @Test func `an address that can't be used is named, and what is left still counts`() throws {
        let root = try root(#"{"metadata-url":"/%package%","metadata-changes-url":"ftp://x","list":7}"#)
        #expect(root.offer == .names)
        #expect(root.problems == ["'metadata-changes-url' is no http:// or https:// address", "'list' is no text"])
    }

    @Test func `listings keep their name while their hash changes`() throws {
        let root = try root(
            #"{"providers-url":"/p","provider-includes":{"p/x$%hash%.json":{"sha256":"\#(someHash)"},"p/y.json":{},"p/z$%hash%":{}}}"#
        )
        #expect(root.providerIncludes.map(\.name) == ["p/x.json", "p/y.json"])
        #expect(root.providerIncludes[0].url == "https://composer.example/sub/p/x%24\(someHash).json")
        #expect(root.providerIncludes[0].hash?.sha256?.hexadecimal == someHash)
        #expect(root.providerIncludes[1].hash == nil)
        #expect(root.tally.damaged == 1)
    }

    @Test func `of a member that comes twice the last counts`() throws {
        let root = try root(#"{"packages":{"a":1},"includes":{"x":{}},"includes":{"y":{"sha1":"1"}},"packages":[]}"#)
        #expect(root.includes == [IncludedFile(name: "y", url: "https://composer.example/sub/y", sha1: "1")])
        #expect(!root.hasInlinePackages)
    }

    @Test func `the sign of change is the hash of the root`() throws {
        let json = #"{"packages":[]}"#
        #expect(try root(json).changeSign == ContentHash(of: Array(json.utf8)))
        #expect(AnnouncedHash(ContentHash(of: Array("x".utf8)).hexadecimal.uppercased()).matches(Array("x".utf8)))
        #expect(!AnnouncedHash("").matches([]) && !AnnouncedHash(someHash + "00").matches([]))
    }
}
