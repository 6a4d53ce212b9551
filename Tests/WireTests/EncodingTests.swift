import Testing
import Wire

@Suite struct EncodingTests {
    // RFC 4648, section 10, in lower case.
    @Test(arguments: [
        ("", ""), ("f", "66"), ("fo", "666f"), ("foobar", "666f6f626172"), ("\u{0}\u{7f}\u{ff}", "007fc3bf"),
    ])
    func `bytes have two hexadecimal digits each`(_ text: String, _ digits: String) {
        #expect(Hexadecimal.text(Array(text.utf8)) == digits)
    }

    @Test func `a digit of either case has a value, and nothing else has`() {
        for byte in UInt8.min...UInt8.max {
            #expect(byte.hexadecimalValue == Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init))
        }
        for value in UInt8(0)..<16 {
            #expect(Hexadecimal.lowerDigit(value).hexadecimalValue == value)
            #expect(Hexadecimal.upperDigit(value).hexadecimalValue == value)
        }
    }

    // RFC 3986, 2.3 and 2.5.
    @Test(arguments: [
        ("azAZ09-._~", "azAZ09-._~"), ("A\u{c0}\u{30a2}", "A%C3%80%E3%82%A2"), ("a/b c", "a%2Fb%20c"),
        ("100%", "100%25"),
        ("+", "%2B"), ("", ""),
    ])
    func `all but unreserved bytes are encoded, and read back`(_ text: String, _ encoded: String) {
        #expect(Percent.encoded(text) == encoded)
        #expect(Percent.encoded(text, keepsSlash: true) == encoded.replacing("%2F", with: "/"))
        for plusIsSpace in [true, false] {
            let (bytes, isWellFormed) = Percent.decoded(Array(encoded.utf8), plusIsSpace: plusIsSpace)
            #expect(bytes.elementsEqual(text.utf8) && isWellFormed)
        }
    }

    @Test(arguments: ["%", "%4", "%zz", "a%", "%%41", "50%-1", "%é"])
    func `a percent sign that begins no escape stands for itself, and is told`(_ text: String) {
        let (bytes, isWellFormed) = Percent.decoded(Array(text.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == text.replacing("%41", with: "A"))
        #expect(!isWellFormed)
    }

    @Test func `a plus is a space where forms are read`() {
        #expect(Percent.decoded(Array("a+b%2Bc".utf8), plusIsSpace: true).bytes.elementsEqual("a b+c".utf8))
        #expect(Percent.decoded(Array("a+b%2bc".utf8)).bytes.elementsEqual("a+b+c".utf8))
    }
}
