import TestSupport
import Testing

@testable import ComposerRepository

/// Where versions go, a minified list is expanded, filtered and minified again.
@Suite struct MinifiedListTests {
    static func document(_ versions: String) -> String {
        #"{"minified":"composer/2.0","packages":{"acme/a":[\#(versions)]},"x":1}"#
    }

    static let first =
        #"{"name":"acme/a","type":"library","version":"3.0","version_normalized":"3.0.0.0","extra":{"a":1}}"#
    static let wrong = #"{"version":"2.0","version_normalized":"2.0.0.0","source":{},"type":"wrong"}"#

    @Test(arguments: [
        // What the version that goes said is said by the next, where it still holds.
        (
            [first, wrong, #"{"version":"1.0","version_normalized":"1.0.0.0","source":"__unset"}"#],
            [first, #"{"type":"wrong","version":"1.0","version_normalized":"1.0.0.0"}"#]
        ),
        (
            [first, wrong, #"{"version":"1.0","version_normalized":"1.0.0.0","source":null,"type":"library"}"#],
            [first, #"{"version":"1.0","version_normalized":"1.0.0.0"}"#]
        ),
        // What goes for good is unset, once.
        (
            [
                first, #"{"version":"2.0","version_normalized":"2.0.0.0","dist":{},"extra":"__unset"}"#,
                #"{"version":"1.0","version_normalized":"1.0.0.0","dist":null}"#,
                #"{"version":"0.9","version_normalized":"0.9.0.0"}"#,
            ],
            [
                first, #"{"version":"1.0","version_normalized":"1.0.0.0","extra":"__unset"}"#,
                #"{"version":"0.9","version_normalized":"0.9.0.0"}"#,
            ]
        ),
        // The first one that stays is whole.
        (
            [
                #"{"name":"acme/a","version":"2.0","version_normalized":"2.0.0.0","source":"x","b":2,"c":null}"#,
                #"{"version":"1.0","version_normalized":"1.0.0.0","source":{"type":"git","url":"u","reference":"r"},"d":4}"#,
            ],
            [
                #"{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0","source":{"type":"git","url":"u","reference":"r"},"b":2,"d":4}"#
            ]
        ),
        // What is no object says nothing.
        (
            [first, "7", #"{"version":"1.0","version_normalized":"1.0.0.0"}"#],
            [first, #"{"version":"1.0","version_normalized":"1.0.0.0"}"#]
        ),
        // A difference that only the versions between made is none.
        (
            [first, #"{"name":"x/y"}"#, #"{"name":"acme/a","version":"1.0","version_normalized":"1.0.0.0"}"#],
            [first, #"{"version":"1.0","version_normalized":"1.0.0.0"}"#]
        ),
    ])
    func `versions leave a minified list without changing the others`(_ before: [String], _ after: [String]) throws {
        let package = try RepositoryPackage(Self.document(before.joined(separator: " , ")))
        #expect(package.main.text == Self.document(after.joined(separator: ",")))
        #expect(package.versionCount == after.count && package["versions_left_out"] == 1)
    }

    @Test func `a null in a minified list is no member`() throws {
        let document = Self.document(#"\#(Self.first),{"version":"1.0","version_normalized":"1.0.0.0","dist":null}"#)
        #expect(try RepositoryPackage(document).main.content == .passThrough)
    }

    @Test func `a list that is not minified keeps each version's own bytes`() throws {
        let versions = #"{ "name":"x/y" } ,\n { "name" : "acme/a", "version":"1.0", "version_normalized":"1.0.0.0" }"#
        let document = #"{"packages":{"acme/a":[ \#(versions) ]},"minified":"composer/1.0"}"#
        let text = try RepositoryPackage(document.replacing(#"\n"#, with: "\n")).main.text
        #expect(
            text
                == #"{"packages":{"acme/a":[ { "name" : "acme/a", "version":"1.0", "version_normalized":"1.0.0.0" } ]},"minified":"composer/1.0"}"#
        )
    }
}
