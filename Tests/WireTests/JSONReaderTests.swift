import Foundation
import TestSupport
import Testing

@testable import Wire

@Suite struct JSONReaderTests {
    /// A value, read through the reader's whole interface.
    indirect enum Value: Equatable {
        case object([String: Value])
        case array([Value])
        case string(String)
        case number(Double)
        case bool(Bool)
        case null
    }

    static func read(_ reader: inout JSONReader) throws -> Value {
        switch try reader.kind() {
        case .object:
            var members: [String: Value] = [:]
            try reader.readObject { reader, key in members[try reader.text(key)] = try Self.read(&reader) }
            return .object(members)
        case .array:
            var elements: [Value] = []
            try reader.readArray { reader, index in
                #expect(index == elements.count)
                elements.append(try Self.read(&reader))
            }
            return .array(elements)
        case .string:
            return .string(try reader.readString())
        case .number:
            return .number(Double(try reader.readText() ?? "") ?? .nan)
        case .literal:
            let range = try reader.skipValue()
            let text = String(decoding: reader.bytes[range], as: UTF8.self)
            return text == "null" ? .null : .bool(text == "true")
        }
    }

    static func ours(_ text: [UInt8]) -> Value? {
        var reader = JSONReader(text)
        guard let value = try? self.read(&reader), (try? reader.finish()) != nil else { return nil }
        return value
    }

    static func isSkippable(_ text: [UInt8]) -> Bool {
        var reader = JSONReader(text)
        return (try? reader.skipValue()) != nil && (try? reader.finish()) != nil
    }

    struct Oracle: Decodable {
        var value: Value

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            if let container = try? decoder.container(keyedBy: Key.self) {
                let members = try container.allKeys.map {
                    ($0.stringValue, try container.decode(Self.self, forKey: $0).value)
                }
                self.value = .object(Dictionary(members) { $1 })
                return
            }
            if var container = try? decoder.unkeyedContainer() {
                var elements: [Value] = []
                while !container.isAtEnd { elements.append(try container.decode(Self.self).value) }
                self.value = .array(elements)
                return
            }
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self.value = .null
            } else if let bool = try? container.decode(Bool.self) {
                self.value = .bool(bool)
            } else if let number = try? container.decode(Double.self) {
                self.value = .number(number)
            } else {
                self.value = .string(try container.decode(String.self))
            }
        }
    }

    static func oracle(_ text: [UInt8]) -> Value? {
        try? JSONDecoder().decode(Oracle.self, from: Data(text)).value
    }

    static let anyText = [
        "a", "long text of some length", "\\\"", "\\\\", "\\/", "\\n", "\\u00e9", "\\ud83d\\ude00", "é", "日", "😀",
        "<p>",
        "\\t\\b\\f\\r",
    ]
    /// Nothing that comes out repaired when it is spoiled, where JSONDecoder refuses.
    static let plainText = [
        "a", "long text of some length", "\\\"", "\\\\", "\\/", "\\n", "\\u0041", "<p>", "\\t\\b\\f\\r",
    ]

    static func random(_ random: inout SplitMix, text: [String] = Self.anyText, depth: Int = 0) -> String {
        let space = ["", " ", "\n\t"].randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &random) {
        case 0: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 1: return ["0", "-1", "12.5", "1e3", "-0.25E-2", "2022"].randomElement(using: &random) ?? "0"
        case 2, 3: return Self.string(&random, text)
        case 4:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Self.random(&random, text: text, depth: depth + 1)
            }
            return "[" + space + elements.joined(separator: "\(space),") + space + "]"
        default:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { number in
                "\"k\(number)\"\(space):\(space)" + Self.random(&random, text: text, depth: depth + 1)
            }
            return "{" + space + members.joined(separator: ",\(space)") + "}"
        }
    }

    static func string(_ random: inout SplitMix, _ text: [String]) -> String {
        let parts = (0..<Int.random(in: 0...5, using: &random)).map { _ in text.randomElement(using: &random) ?? "" }
        return "\"" + parts.joined() + "\""
    }

    @Test func `random documents read as JSONDecoder reads them`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<400 {
            let text = Array(Self.random(&random).utf8)
            let expected = Self.oracle(text)
            #expect(expected != nil)
            #expect(Self.ours(text) == expected, "\(String(decoding: text, as: UTF8.self))")
            #expect(Self.isSkippable(text))
        }
    }

    @Test func `a spoiled document is refused, or read as JSONDecoder reads it, and never traps`() {
        var random = SplitMix(seed: 8)
        var refused = 0
        for _ in 0..<1_500 {
            var text = Array(Self.random(&random, text: Self.plainText).utf8)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text.remove(at: index)
                case 1: text[index] = Array("{}[]\",:\\0x-e. tn".utf8).randomElement(using: &random) ?? 0
                default: text = Array(text[..<index])
                }
                if text.isEmpty { text = [0x20] }
            }
            let ours = Self.ours(text)
            if ours == nil { refused += 1 }
            // JSONDecoder takes some numbers that JSON does not have; what is read must be the same all the same.
            if let ours, let expected = Self.oracle(text) { #expect(ours == expected) }
            if ours != nil { #expect(Self.oracle(text) != nil, "\(String(decoding: text, as: UTF8.self))") }
            #expect(Self.isSkippable(text) == (ours != nil), "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(refused > 500)
    }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "nul", "01", "-", "1.", "1e", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "[1 2]",
        "\"\\x\"",
        "\"\\u12g4\"", "\"a\nb\"", "1 2", "{}{}", "<html></html>", "+1", ".5", "'a'", "\"\\",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(Self.ours(Array(text.utf8)) == nil)
        #expect(!Self.isSkippable(Array(text.utf8)))
    }

    @Test func `half of a surrogate pair and bytes that are no UTF-8 are repaired`() {
        #expect(Self.ours(Array(#""a\ud83dz""#.utf8)) == .string("a\u{fffd}z"))
        #expect(Self.ours(Array(#""\ude00\u0041""#.utf8)) == .string("\u{fffd}A"))
        #expect(Self.ours([0x22, 0x61, 0xff, 0x22]) == .string("a\u{fffd}"))
    }

    @Test func `nesting is bounded`() {
        #expect(!Self.isSkippable(Array(String(repeating: "[", count: 100_000).utf8)))
        let deep = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(Self.isSkippable(Array(deep.utf8)))
    }
}
