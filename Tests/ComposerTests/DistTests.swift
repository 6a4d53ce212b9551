import Composer
import Foundation
import TestSupport
import Testing

/// Archives of ours in documents: only their bytes change (P16).
@Suite struct DistTests {
    private let ours = OwnArchive(url: "https://ours/x.zip", shasum: "5ha")

    private func rewritten(_ document: String, _ decisions: [DistDecision]) throws -> (text: String, count: Int) {
        let (bytes, count) = try DistScan(Array(document.utf8), of: "a/b").rewritten(decisions)
        return (String(decoding: bytes, as: UTF8.self), count)
    }

    private func document(_ versions: String, minified: Bool = true) -> String {
        "{ \(minified ? #""minified":"composer/2.0","# : "") \"packages\" : {\"a/b\": [\(versions)], \"a/c\": [] } }"
    }

    private func version(_ number: String, _ dist: String) -> String {
        #"{"version":"\#(number)","version_normalized":"\#(number).0.0"\#(dist.isEmpty ? "" : #", "dist" : \#(dist)"#)}"#
    }

    @Test func `what versions say of their archives is found, inherited or not`() throws {
        let text = self.document(
            [
                self.version("3.0", #"{"type":"zip","url":"https:\/\/x\/3","reference":"r3","shasum":"s3"}"#),
                self.version("2.0", ""), self.version("1.0", #""__unset""#), #"{"version":"0.9"}"#,
                self.version("0.8", #"{"reference":null,"url":"u","url":"v","type":"path"}"#), "[]", "{}",
            ].joined(separator: ",")
        )
        let scan = try DistScan(Array(text.utf8), of: "a/b")
        #expect(
            scan.versions.map(\.normalized) == [
                "3.0.0.0", "2.0.0.0", "1.0.0.0", "1.0.0.0", "0.8.0.0", "0.8.0.0", "0.8.0.0",
            ]
        )
        #expect(scan.versions.map { $0.dist?.url } == ["https://x/3", "https://x/3", nil, nil, "v", "v", "v"])
        #expect(scan.versions[1].dist?.reference == "r3" && scan.versions[1].dist?.shasum == "s3")
        #expect(scan.versions[4].dist?.reference == nil && scan.versions[4].dist?.type == "path")
        #expect(try DistScan(Array(text.utf8), of: "a/c").versions.isEmpty)
        #expect(try DistScan(Array(text.utf8), of: "a/d").versions.isEmpty)
        #expect(try DistScan(Array(#"{"packages":[]}"#.utf8), of: "a/b").versions.isEmpty)
    }

    @Test func `a version without normal form has the one that Composer gives it`() throws {
        let text = #"{"packages":{"a/b":[{"version":"v1.2"},{"version":"no version"},{"version":7}]}}"#
        #expect(try DistScan(Array(text.utf8), of: "a/b").versions.map(\.normalized) == ["1.2.0.0", nil, "7.0.0.0"])
    }

    @Test(arguments: [
        "", "{", #"{"packages":{"a/b":[{"dist":{]}}"#, #"{"packages":{"a/b":[{"dist":{"url":}}]}}"#, "[]",
    ])
    func `P14: what is no document is an error`(_ text: String) {
        #expect(throws: (any Error).self) { try DistScan(Array(text.utf8), of: "a/b") }
    }

    @Test(arguments: [
        (
            #"{"type":"zip","url":"https:\/\/x\/1?a","reference":"r","shasum":""}"#,
            #"{"type":"zip","url":"https://ours/x.zip","reference":"r","shasum":"5ha"}"#
        ),
        (
            #"{ "url" : "u", "type":"zip", "mirrors": [ {"url":"m"} ], "shasum" : null }"#,
            #"{ "url" : "https://ours/x.zip", "type":"zip", "mirrors": [ {"url":"m"} ], "shasum" : "5ha" }"#
        ),
        (#"{"url":"u","x":"shasum"}"#, #"{"url":"https://ours/x.zip","shasum":"5ha","x":"shasum"}"#),
        (#"{"url":"u","\u0073hasum":"s"}"#, #"{"url":"https://ours/x.zip","\u0073hasum":"5ha"}"#),
    ])
    func `P16: an address and a checksum change, and no other byte`(_ dist: String, _ expected: String) throws {
        for minified in [true, false] {
            let text = self.document(
                self.version("1.0", dist) + " , " + self.version("0.9", "{\"url\":\"u\"}"),
                minified: minified
            )
            let result = try self.rewritten(text, [.replace(self.ours), .keep])
            #expect(result.text == text.replacing(dist, with: expected, maxReplacements: 1) && result.count == 2)
            #expect(try self.rewritten(text, [.keep, .keep]).text == text)
        }
    }

    @Test(arguments: [
        (#"{"url":"u","reference":"new"}"#, "old", #"{"url":"https://ours/x.zip","shasum":"5ha","reference":"old"}"#),
        (#"{"url":"u"}"#, "old", #"{"url":"https://ours/x.zip","reference":"old","shasum":"5ha"}"#),
        (#"{"url":"u","reference":"r"}"#, nil, #"{"url":"https://ours/x.zip","shasum":"5ha","reference":null}"#),
        (#"{"url":"u","reference":"r"}"#, "r", #"{"url":"https://ours/x.zip","shasum":"5ha","reference":"r"}"#),
    ])
    func `P17: an archive of a former reference has that reference`(
        _ dist: String,
        _ reference: String?,
        _ expected: String
    ) throws {
        var former = self.ours
        former.reference = .former(reference)
        let text = self.document(self.version("1.0", dist))
        #expect(try self.rewritten(text, [.replace(former)]).text == text.replacing(dist, with: expected))
    }

    @Test func `P16: a version that inherits an archive says its own where that has become another`() throws {
        let dist = #"{"url":"u"}"#
        let own = #"{"url":"https://ours/x.zip","shasum":"5ha"}"#
        let first = self.version("3.0", dist)
        let text = self.document("\(first),{\"version\":\"2.0\"},{},[ ],{ },{\"version\":\"1.0\"}")
        // Nothing has to be said where it is the same.
        let all = try self.rewritten(text, Array(repeating: .replace(self.ours), count: 6)).text
        #expect(all == text.replacing(dist, with: own))
        let mixed = try self.rewritten(
            text,
            [.replace(self.ours), .keep, .keep, .replace(self.ours), .keep, .keep]
        ).text
        let expected =
            "\(first.replacing(dist, with: own)),{\"dist\":\(dist),\"version\":\"2.0\"},{},{\"dist\":\(own)},"
            + "{\"dist\":\(dist)},{\"version\":\"1.0\"}"
        #expect(mixed == self.document(expected))
    }

    @Test func `a version that is left out goes with its comma, or out of what the document means`() throws {
        let versions = ["3.0", "2.0", "1.0"].map { self.version($0, #"{"url":"\#($0)"}"#) }
        let plain = self.document(versions.joined(separator: ", "), minified: false)
        let cut = try self.rewritten(plain, [.leaveOut, .keep, .leaveOut])
        #expect(cut.text == self.document(versions[1], minified: false) && cut.count == 1)
        let map = #"{"packages":{"a/b":{"x":\#(versions[0]) , "y":\#(versions[1])}}}"#
        #expect(try self.rewritten(map, [.leaveOut, .keep]).text == #"{"packages":{"a/b":{"y":\#(versions[1])}}}"#)
        #expect(try self.rewritten(map, [.keep, .leaveOut]).text == #"{"packages":{"a/b":{"x":\#(versions[0])}}}"#)
        let none = try self.rewritten(plain, [.leaveOut, .leaveOut, .leaveOut])
        #expect(none.text == self.document("", minified: false) && none.count == 0)
        let minified = self.document(
            #"{"name":"a/b","version":"3.0","dist":{"url":"3"},"x":1},{"version":"2.0","x":"__unset","y":2},{"version":"1.0"}"#
        )
        #expect(
            try self.rewritten(minified, [.leaveOut, .replace(self.ours), .keep]).text
                == self.document(
                    #"{"name":"a/b","version":"2.0","dist":{"url":"https://ours/x.zip","shasum":"5ha"},"y":2},"#
                        + #"{"version":"1.0","dist":{"url":"3"}}"#
                )
        )
    }

    /// What a list means: `MetadataMinifier::expand`.
    private func expanded(_ text: String) throws -> [[String: NSObject]] {
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let packages = try #require(document?["packages"] as? [String: [Any]])
        var state: [String: NSObject] = [:]
        return (packages["a/b"] ?? []).map { version in
            if document?["minified"] == nil { state = [:] }
            for (key, value) in version as? [String: NSObject] ?? [:] {
                state[key] = value as? String == "__unset" || value is NSNull ? nil : value
            }
            return state
        }
    }

    @Test func `P16: whatever is decided, all else means what it meant`() throws {
        var random = SplitMix(seed: 14)
        for round in 0..<400 {
            let isMinified = round % 4 != 0
            let versions = (0..<Int.random(in: 1...8, using: &random)).map { index in
                var members = [#""version":"\#(20 - index)""#]
                if index == 0 || Bool.random(using: &random) {
                    members.append(#""x":\#(Bool.random(using: &random) ? "[1, 2]" : #""__unset""#)"#)
                }
                switch Int.random(in: 0..<4, using: &random) {
                case 0: break
                case 1 where isMinified: members.append(#""dist":"__unset""#)
                default: members.append(#""dist":{"type":"zip","url":"u\#(Int.random(in: 0..<3, using: &random))"}"#)
                }
                return "{" + members.shuffled(using: &random).joined(separator: ",") + "}"
            }
            let text = self.document(versions.joined(separator: ","), minified: isMinified)
            let decisions = versions.map { _ in
                [DistDecision.keep, .replace(self.ours), .leaveOut].randomElement(using: &random) ?? .keep
            }
            var expected = try self.expanded(text)
            for (index, decision) in decisions.enumerated() where expected[index]["dist"] != nil {
                guard case .replace(let ours) = decision else { continue }
                expected[index]["dist"] = ["type": "zip", "url": ours.url, "shasum": ours.shasum] as NSDictionary
            }
            expected = zip(expected, decisions).filter { $1 != .leaveOut }.map(\.0)
            #expect(try self.expanded(self.rewritten(text, decisions).text) == expected, "\(text) \(decisions)")
        }
    }
}
