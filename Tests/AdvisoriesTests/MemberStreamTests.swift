import NIOCore
import TestSupport
import Testing

@testable import Advisories

@Suite struct MemberStreamTests {
    private func read(
        _ text: String,
        pieces: Int,
        maxValueBytes: Int = 1_000
    ) throws -> (members: [(String, String?)], isComplete: Bool) {
        var stream = MemberStream(maxValueBytes: maxValueBytes)
        var members: [(String, String?)] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)])
            try stream.read(piece) { key, value in
                members.append((key, value.map { String(decoding: $0, as: UTF8.self) }))
            }
        }
        return (members, stream.isComplete)
    }

    private static let text = #"""
         { "a" : {"x":"}\"]{","y":[{},[1,2]]} ,"b\"c":[], "d":3,"e":"\\","f" : null
        }
        """#

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func `members are the same, wherever the pieces of a body begin`(_ pieces: Int) throws {
        let read = try self.read(Self.text, pieces: pieces)
        #expect(read.isComplete)
        #expect(read.members.map(\.0) == ["a", #"b\"c"#, "d", "e", "f"])
        #expect(
            read.members.map(\.1) == [#"{"x":"}\"]{","y":[{},[1,2]]} "#, "[]", "3", #""\\""#, "null\n"]
        )
    }

    @Test func `an object that ends early is not complete, wherever it does`() throws {
        for length in 0..<(Self.text.utf8.count - 1) {
            let text = String(decoding: Self.text.utf8.prefix(length), as: UTF8.self)
            #expect(try !self.read(text, pieces: 16).isComplete, "\(length)")
        }
        #expect(try self.read("{}", pieces: 1).isComplete)
    }

    @Test func `P22: a value that is too large is passed over, and nothing of it is held`() throws {
        let read = try self.read(
            #"{"a":"\#(String(repeating: "x", count: 2_000))","b":[1]}"#,
            pieces: 100
        )
        #expect(read.members.map(\.0) == ["a", "b"] && read.members.map(\.1) == [nil, "[1]"])
    }

    @Test(arguments: [
        "[]", "{]", "{,}", #"{"a"}"#, #"{"a":1,}"#, #"{"a":1}}"#, #"{"a":1]"#, "<html>", #"{"a":1}x"#, "{3:1}",
    ])
    func `what is no object of members is an error`(_ text: String) {
        #expect(throws: MemberStream.Failure.self) { try self.read(text, pieces: 1_000) }
    }

    @Test func `P22: a key without end is an error`() {
        #expect(throws: MemberStream.Failure.self) {
            try self.read("{\"" + String(repeating: "k", count: 1_000), pieces: 10)
        }
    }
}
