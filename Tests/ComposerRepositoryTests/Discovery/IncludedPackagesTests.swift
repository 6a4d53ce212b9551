import Composer
import Testing

@testable import ComposerRepository

@Suite struct IncludedPackagesTests {
    static func read(_ json: String) throws -> IncludedPackages {
        try IncludedPackages(parsing: Array(json.utf8), from: testURL)
    }

    static func text(_ range: Range<Int>?, of packages: IncludedPackages) -> String? {
        range.map { String(decoding: packages.bytes[$0], as: UTF8.self) }
    }

    @Test func `values are maps or lists, and keep their bytes`() throws {
        let map = #"{ "1.0" : {"name":"acme/a","x":[1, 2]}, "dev-main":{"name":"Acme/A"} }"#
        let list = #"[{"version":"1.0","name":"acme\/b"}]"#
        let found = try Self.read(#"{"packages":{"acme/a": \#(map) ,"acme/b":\#(list),"acme/none":[],"acme/null":{}}}"#)
        #expect(found.packages.map(\.name) == ["acme/a", "acme/b"])
        #expect(Self.text(found.packages[0].value, of: found) == map)
        #expect(found.packages[0].mark == ContentHash(of: Array(map.utf8)))
        #expect(found.packages[0].versions.map { Self.text($0, of: found) }.last == #"{"name":"Acme/A"}"#)
        #expect(Self.text(found.packages[1].value, of: found) == list)
        #expect(found.tally == FormatTally())
    }

    @Test func `packages go by the names in their versions`() throws {
        let found = try Self.read(
            #"""
            {"packages":{"acme/other":[{"name":"acme/a","v":1},{"name":"acme/b","v":1}],"acme/a":[{"name":"acme/a","v":2}],
            "acme/c":[{"name":"acme/c"},{"version":"1"},7],"acme/d":null,"acme/e":{"1":{"name":"acme/K"},"2":{"name":"acme/\u212a"}}}}
            """#
        )
        #expect(found.packages.map(\.name) == ["acme/a", "acme/b", "acme/c", "acme/k"])
        #expect(
            found.packages[0].versions.map { Self.text($0, of: found) }
                == [#"{"name":"acme/a","v":1}"#, #"{"name":"acme/a","v":2}"#]
        )
        #expect(found.packages.map { $0.value == nil } == [true, true, true, true])
        #expect(found.tally.damaged == 3 && found.tally.unusableNames == 1)
    }

    @Test func `a mark changes with the package's own bytes only`() throws {
        func marks(_ b: Int, _ key: String = "acme/b") throws -> [ContentHash] {
            try Self.read(
                #"{"packages":{"\#(key)":[{"name":"acme/a"},{"name":"acme/b","v":\#(b)}]}}"#
            ).packages.map(\.mark)
        }
        let first = try marks(1)
        let second = try marks(2)
        #expect(first[0] == second[0] && first[1] != second[1])
        #expect(try marks(1, "acme/z") == first)
    }

    @Test func `packages in a list, and included files`() throws {
        let found = try Self.read(#"{"packages":[[{"name":"acme/a"}]],"includes":{"i$1.json":{"sha1":"1"}}}"#)
        #expect(found.packages.map(\.name) == ["acme/a"])
        #expect(
            found.includes
                == [IncludedFile(name: "i$1.json", url: "https://composer.example/sub/i%241.json", sha1: "1")]
        )
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"packages":null}"#, #"{"packages":"x"}"#, #"{"packages":{"acme/a":[{"name":"acme/a"}]"#,
        #"{"error":"not found"}"#,
    ])
    func `P9: what is no file with packages is no empty one`(json: String) {
        #expect(refusal { try Self.read(json) }?.hasPrefix("no file with packages: ") == true)
    }
}
