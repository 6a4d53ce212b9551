import Testing

@testable import ComposerRepository

@Suite struct ListingTests {
    static func listing(_ json: String) throws -> (listing: ProviderListing, providers: [ListedProvider]) {
        var providers: [ListedProvider] = []
        let listing = try ProviderListing(parsing: Array(json.utf8), from: testURL) { providers.append($0) }
        return (listing, providers)
    }

    static func names(_ json: String) throws -> (names: [String], tally: FormatTally) {
        var names: [String] = []
        let tally = try PackageNames.read(Array(json.utf8)) { names.append($0) }
        return (names, tally)
    }

    @Test func `a listing hands on its entries, and names further listings`() throws {
        let (listing, providers) = try Self.listing(
            #"""
            {"providers":{"acme\/a":{"sha256":"\#(someHash)"},"Acme/B":{"sha256":null},"acme/c":[],"acme/d":null,
            "php":{"sha256":"1"},"acme/e":{"sha256":"short"}},
            "provider-includes":{"p/nested$%hash%.json":{"sha256":"\#(someHash)"}},"more":[1]}
            """#
        )
        #expect(providers.map(\.name) == ["acme/a", "acme/b", "acme/c", "acme/d", "acme/e"])
        #expect(providers.map { $0.hash?.text } == [someHash, nil, nil, nil, "short"])
        #expect(providers[4].hash?.sha256 == nil)
        #expect(listing.count == 5 && listing.tally.unusableNames == 1 && listing.tally.damaged == 0)
        #expect(listing.includes.map(\.url) == ["https://composer.example/sub/p/nested%24\(someHash).json"])
    }

    @Test func `an empty listing is one`() throws {
        #expect(try Self.listing(#"{"providers":[]}"#).listing.tally == FormatTally())
        #expect(try Self.listing(#"{"provider-includes":{}}"#).listing.count == 0)
        #expect(try Self.listing(#"{"providers":["acme/a"]}"#).listing.tally.damaged == 1)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"packages":{}}"#, #"{"providers":null}"#, #"{"providers":"x"}"#,
        #"{"providers":{"acme/a":{}"#,
    ])
    func `P9: what is no listing is no empty one`(json: String) {
        #expect(refusal { try Self.listing(json) }?.hasPrefix("no listing of providers: ") == true)
    }

    @Test func `a list of packages hands on names in lower case`() throws {
        let (names, tally) = try Self.names(#"{"x":1,"packageNames":["acme/a","Acme\/B",null,7,"php",["acme/c"]]}"#)
        #expect(names == ["acme/a", "acme/b"])
        #expect(tally.damaged == 2 && tally.unusableNames == 2)
        #expect(try Self.names(#"{"packageNames":{"0":"acme/a","5":"acme/b"}}"#).names == ["acme/a", "acme/b"])
        #expect(try Self.names(#"{"packageNames":[]}"#).tally == FormatTally())
    }

    @Test(arguments: [
        "", "[]", "{}", #"["acme/a"]"#, #"{"packageNames":null}"#, #"{"packageNames":"x"}"#,
        #"{"packageNames":["acme/a""#,
        #"{"packageNames":["acme/a"]}}"#,
    ])
    func `P9: what is no list of packages is no empty one`(json: String) {
        #expect(refusal { try Self.names(json) }?.hasPrefix("no list of packages: ") == true)
    }

    @Test func `an error of the one who takes the names ends the reading as it is`() {
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            _ = try PackageNames.read(Array(#"{"packageNames":["acme/a"]}"#.utf8)) { _ in throw Enough() }
        }
    }

    @Test func `P22: files that name each other, or ever more files, come to an end`() {
        func file(_ name: String) -> IncludedFile { IncludedFile(name: name, url: name, sha1: nil) }
        var loop = FileWalk([file("a"), file("b"), file("a")])
        var seen: [String] = []
        while let (next, depth) = loop.nextFile() {
            seen.append(next.name)
            loop.found([file("a"), file("b"), file("c")], atDepth: depth)
        }
        #expect(seen == ["a", "b", "c"] && loop.leftOut == 0)

        var deep = FileWalk([file("0")])
        var last = 0
        while let (next, depth) = deep.nextFile() {
            last = depth
            deep.found([file(next.name + "x")], atDepth: depth)
        }
        #expect(last == FileWalk<IncludedFile>.maxDepth && deep.leftOut == 1)

        let many = FileWalk((0..<FileWalk<IncludedFile>.maxFiles + 3).map { file("\($0)") })
        #expect(many.leftOut == 3)
    }
}
