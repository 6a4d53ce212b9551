import TestSupport
import Testing

@testable import ComposerRepository

/// Versions that would end a client's whole update are left out, and the others stay.
@Suite struct LeftOutVersionTests {
    static let good = #"{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0"}"#

    static func version(_ members: String) -> String {
        #"{"name":"acme/a","version":"2.0","version_normalized":"2.0.0.0",\#(members)}"#
    }

    @Test(arguments: [
        (#""source":{"type":"git","url":"x"}"#, "bad_source"),
        (#""source":{"type":"git","reference":"x"}"#, "bad_source"),
        (#""source":{"url":"x","reference":"x"}"#, "bad_source"), (#""source":"x""#, "bad_source"),
        (#""source":[]"#, "bad_source"), (#""source":{"type":"git","url":"x","reference":null}"#, "bad_source"),
        (#""source":{"type":1,"url":"x","reference":"x"}"#, "bad_source"),
        (#""source":{"type":"git","url":"x","reference":{}}"#, "bad_source"),
        (#""source":{"type":"git","url":"x","reference":"x","reference":null}"#, "bad_source"),
        (#""dist":{"type":"zip"}"#, "bad_dist"), (#""dist":{"url":"x"}"#, "bad_dist"), (#""dist":false"#, "bad_dist"),
        (#""dist":{"type":"zip","url":"x","shasum":1}"#, "bad_dist"), (#""dist":"__unset""#, "bad_dist"),
        (#""dist":{"type":"zip","url":"x","mirrors":"x"}"#, "bad_dist"),
        (#""source":{"type":"git","url":"--upload-pack=x","reference":"x"}"#, "unsafe"),
        (#""source":{"type":"git","url":"x","reference":" \t-x"}"#, "unsafe"),
        (#""dist":{"type":"zip","url":"\u002dx"}"#, "unsafe"),
        (#""dist":{"type":"zip","url":"x","reference":-1}"#, "unsafe"),
        (#""bin":"../x""#, "unsafe"), (#""bin":["ok","a\/..\/b"]"#, "unsafe"), (#""bin":["a\\.."]"#, "unsafe"),
        (#""bin":["ok",1]"#, "bad_bin"), (#""bin":7"#, "bad_bin"),
        (#""require":{"php":">=7.4 or later"}"#, "bad_links"), (#""conflict":{"x/y":8}"#, "bad_links"),
        (#""require-dev":"x""#, "bad_links"), (#""provide":["1.0"]"#, "bad_links"),
        (#""replace":{"x/y":"self.version"},"version":"foo bar""#, "bad_links"),
        (#""name":"acme/b""#, "wrong_name"), (#""name":null"#, "wrong_name"), (#""name":["acme/a"]"#, "wrong_name"),
        (#""version":null"#, "unparsable"), (#""version":["2"]"#, "unparsable"),
        (#""version_normalized":null,"version":"foo bar""#, "unparsable"),
        (#""version_normalized":"9999999-dev","version":"foo bar""#, "unparsable"),
    ])
    func `a version that ends updates is left out, with its reason counted`(_ members: String, _ reason: String) throws
    {
        let bad = Self.version(members)
        let package = try RepositoryPackage("{\"packages\":{\"acme/a\":[\(bad), \(Self.good)]}}")
        #expect(package.main.text == "{\"packages\":{\"acme/a\":[\(Self.good)]}}")
        #expect(package["versions_left_out"] == 1 && package["versions_\(reason)"] == 1 && package.versionCount == 1)
    }

    @Test(arguments: [
        #""dist":null"#, #""source":null"#, #""dist":{"type":"zip","url":"x","reference":null,"shasum":null}"#,
        #""dist":{"type":"zip","url":"","mirrors":[]}"#, #""source":{"type":"git","url":"x","reference":5}"#,
        #""bin":"a..b""#, #""bin":["a/...","..a"]"#, #""bin":[]"#, #""bin":null"#, #""name":"Acme/A""#,
        #""require":[]"#, #""require":{"acme/A":"of itself","x/y":"self.version"}"#, #""suggest":{"x/y":"for more"}"#,
        #""require":{"x/y":"bad","x/y":"1.0"}"#,
        #""version":2"#, #""version":2.0"#, #""version":"foo bar""#, #""version_normalized":"9999999-dev-no""#,
        #""source":{"type":"git","url":"https:\/\/x\/-","reference":"a-b"}"#,
    ])
    func `a version that ends no update stays`(_ members: String) throws {
        let package = try RepositoryPackage("{\"packages\":{\"acme/a\":[\(Self.version(members))]}}")
        #expect(package.main.content == .passThrough && package.versionCount == 1)
    }

    @Test(arguments: ["1", "\"x\"", "null", "[1]", "[]", "true"])
    func `what is no version is left out`(_ element: String) throws {
        let package = try RepositoryPackage("{\"packages\":{\"acme/a\":[ \(element) , \(Self.good) , \(element) ]}}")
        #expect(package.main.text == "{\"packages\":{\"acme/a\":[ \(Self.good) ]}}")
        #expect(package["versions_left_out"] == 2)
    }

    @Test(arguments: ["acme/a.json", "con/a", "acme/lpt1", "acme", "acme/a--", "-a/b"])
    func `nothing is published under a name that Composer refuses`(_ name: String) throws {
        let document = #"{"packages":{"NAME":[{"name":"NAME","version":"1.0"}]}}"#.replacing("NAME", with: name)
        let package = try RepositoryPackage(name: name, main: Array(document.utf8), dev: nil)
        #expect(package.main == .none && package["versions_refused_name"] == 1)
        let all = try RepositoryPackage(name: name, document: Array(document.utf8))
        #expect(all.main == .none && all.dev == .none)
    }

    @Test func `a list that loses all versions is empty`() throws {
        let package = try RepositoryPackage(#"{"packages":{"acme/a":[{"name":"x/y"}]},"minified":"composer/2.0"}"#)
        #expect(package.main.text == #"{"packages":{"acme/a":[]},"minified":"composer/2.0"}"#)
        #expect(package.versionCount == 0)
    }

    @Test func `of keys that come twice the last one counts, as in PHP`() throws {
        let bad = Self.version(#""dist":{},"dist":{"type":"zip","url":"x"}"#)
        #expect(try RepositoryPackage("{\"packages\":{\"acme/a\":[\(bad)]}}").main.content == .passThrough)
        let map = #"{"packages":{"acme/a":{"1.0":{"name":"x/y"},"2.0":\#(Self.good),"1.0":\#(Self.good)}}}"#
        let package = try RepositoryPackage(map)
        #expect(package.main.content == .passThrough && package.versionCount == 2)
    }
}
