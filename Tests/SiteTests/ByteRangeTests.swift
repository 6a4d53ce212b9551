import Testing

@testable import Site

/// Parts of what is answered (RFC 9110, 14).
@Suite struct ByteRangeTests {
    private func range(_ field: String?, if condition: String? = nil, size: Int64 = 10) -> ByteRange {
        ByteRange(field, if: condition, etag: "\"a\"", modifiedSeconds: 1_700_000_000, size: size)
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=2-4", 2..<5), ("bytes=2-", 2..<10), ("bytes=2-99", 2..<10), ("bytes=-3", 7..<10),
        ("bytes=-99", 0..<10), ("BYTES=9-9", 9..<10), ("bytes= 2 - 4", 2..<5),
        ("bytes=2-99999999999999999999999", 2..<10),
    ])
    func `a part that is there is given`(_ field: String, _ part: Range<Int64>) {
        #expect(self.range(field) == .part(part))
    }

    @Test(arguments: ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"])
    func `a part that is not there can't be given`(_ field: String) {
        #expect(self.range(field) == .unsatisfiable)
    }

    @Test(arguments: [
        nil, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes=1--2",
        "bytes=+1-2",
    ])
    func `what is not understood, and several parts, are answered with all of it`(_ field: String?) {
        #expect(self.range(field) == .whole)
    }

    @Test func `a part of what has changed is not given`() {
        #expect(self.range("bytes=2-4", if: "\"a\"") == .part(2..<5))
        #expect(self.range("bytes=2-4", if: "Tue, 14 Nov 2023 22:13:20 GMT") == .part(2..<5))
        for condition in ["\"b\"", "W/\"a\"", "Tue, 14 Nov 2023 22:13:21 GMT", ""] {
            #expect(self.range("bytes=2-4", if: condition) == .whole)
        }
    }

    @Test func `nothing has no parts`() {
        #expect(self.range("bytes=0-", size: 0) == .unsatisfiable)
        #expect(self.range("bytes=-5", size: 0) == .unsatisfiable)
    }
}
