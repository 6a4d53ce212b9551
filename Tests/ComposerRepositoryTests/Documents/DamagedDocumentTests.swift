import TestSupport
import Testing

@testable import ComposerRepository

/// P21: whatever comes, it is read or refused, and stops nobody.
@Suite struct DamagedDocumentTests {
    @Test(arguments: [
        ("", 0), ("{", 1), ("[1]", 1), ("\"x\"", 0), (#"{"packages":{"acme/a":[}}"#, 23), (#"{"packages":[]} x"#, 16),
        ("{\"a\":\"\\ud800\"}", 6), ("{\"a\":\"\\udc00\\ud800\"}", 6), ("{\"a\":nul}", 5),
    ])
    func `a document that no client can read is an error that says where`(_ text: String, _ position: Int) throws {
        let error = #expect(throws: UnreadableDocument.self) { try RepositoryPackage(text) }
        #expect(error?.position == position && error?.document == "acme/a", "\(String(describing: error))")
        #expect(
            error?.description.contains("'acme/a'") == true && error?.description.contains("byte \(position)") == true
        )
        let dev = #expect(throws: UnreadableDocument.self) { try RepositoryPackage(nil, dev: text) }
        #expect(dev?.document == "acme/a~dev")
    }

    @Test func `bytes that are no UTF-8 are refused, as PHP refuses them`() {
        let bytes: [UInt8] = Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        let error = #expect(throws: UnreadableDocument.self) {
            try RepositoryPackage(name: "acme/a", main: bytes, dev: nil)
        }
        #expect(error?.position == 6)
    }

    @Test func `a document that is too large or nested too deep is refused`() {
        let deep = #"{"packages":{"acme/a":[{"extra":\#(String(repeating: "[", count: 100_000))"#
        #expect(throws: UnreadableDocument.self) { try RepositoryPackage(deep) }
        let large = [UInt8](repeating: UInt8(ascii: " "), count: DocumentLimits.bytes + 1)
        #expect(throws: UnreadableDocument.self) { try RepositoryPackage(name: "acme/a", main: large, dev: nil) }
    }

    @Test func `P22: a document with more versions than any has is refused, a list, a map, or below other names`() {
        let many = DocumentLimits.versions + 1
        let list = "[" + String(repeating: "{},", count: many) + "{}]"
        let map = (0..<many).map { #""\#($0)":{}"# }.joined(separator: ",")
        for text in [#"{"packages":{"acme/a":\#(list)}}"#, #"{"packages":{"acme/a":{\#(map)}}}"#] {
            let error = #expect(throws: UnreadableDocument.self) { try RepositoryPackage(text) }
            #expect(error?.reason.contains("versions") == true)
        }
        let half = "[" + String(repeating: #"{"name":"acme/a"},"#, count: many / 2) + #"{"name":"acme/a"}]"#
        let strays = Array(#"{"packages":{"acme/b":\#(half),"acme/c":\#(half)}}"#.utf8)
        #expect(throws: UnreadableDocument.self) { try RepositoryPackage(name: "acme/a", document: strays) }
    }

    @Test func `P21: no damage stops the process`() throws {
        var random = SplitMix(seed: 5)
        var readable = 0
        for index in 0..<12_000 {
            let text = ComposerReadingTests.document(&random, isMinified: index % 2 == 0, isMap: index % 3 == 0)
            let bytes = text.utf8.spoilt(with: Self.pieces, &random)
            if (try? RepositoryPackage(name: "acme/a", main: bytes, dev: Array(text.utf8))) != nil { readable += 1 }
            _ = try? RepositoryPackage(name: "acme/a", document: bytes)
            _ = try? RepositoryPackage(name: "acme/a", versions: bytes)
            _ = try? RepositoryDocument.namesRequired(in: bytes, of: "acme/a", by: .newest)
            _ = try? RepositoryDocument.namesProvided(in: bytes, of: "acme/a")
        }
        #expect(readable > 500 && readable < 11_000, "\(readable): both kinds must occur for it to mean anything")
    }

    private static let pieces = [
        "\"__unset\"", "null", "{", "}", "[]", "\\", "\\u00", "\"", "-", "..", ",", ":", "1e999",
        "\"time\":\"2025-01-0", "\"packages\":", "\"minified\":\"composer/2.0\",", "\"warning\":", "\u{7f}", "é",
    ]
}
