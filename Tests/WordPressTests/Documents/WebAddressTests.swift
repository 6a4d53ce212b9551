import Testing
import Wire

@testable import WordPress

@Suite struct WebAddressTests {
    private func encoded(_ address: String) -> String {
        var json = JSONWriter()
        WebAddress.append(encoding: address, to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// `pchar` of RFC 3986 (3.3, 2.3, 2.2) but for the percent sign, and the slash.
    @Test func `of a path those characters stay that the RFC names, and every other byte is encoded`() {
        let digits = "0123456789ABCDEF".map { $0 }
        let legal = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/")
        for byte in UInt8(0)..<0x80 {
            let character = Character(Unicode.Scalar(byte))
            let encoded = "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            let expected = legal.contains(character) ? "\(character)" : encoded
            #expect(self.encoded("https://example.org/a\(character)b") == "https://example.org/a\(expected)b")
        }
        #expect(self.encoded("https://example.org/é😀") == "https://example.org/%C3%A9%F0%9F%98%80")
    }

    @Test func `the host and the port stay as they are`() {
        #expect(self.encoded("https://[::1]:8080/a b") == "https://[::1]:8080/a%20b")
        #expect(self.encoded("http://example.org") == "http://example.org")
        #expect(self.encoded("") == "")
    }
}
