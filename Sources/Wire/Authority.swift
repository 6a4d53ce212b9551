/// A host, and maybe a port, as an address names them after its scheme.
package struct Authority: Sendable, Equatable {
    /// In lower case; an IPv6 address is in brackets.
    package let host: String
    /// Of any size; nil where none is named.
    package let port: Int?

    /// - Parameter bytes: What stands before the path: `composer.example:8080`, `[::1]`.
    /// - Returns: Nil where that is something else, or has credentials in it.
    package init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let isIPv6 = bytes.first == UInt8(ascii: "[")
        var end = bytes.firstIndex(of: UInt8(ascii: isIPv6 ? "]" : ":")) ?? bytes.count
        if isIPv6 {
            let digits = bytes[..<end].dropFirst()
            let isPart: (UInt8) -> Bool = { $0.hexadecimalValue != nil || $0 == 0x3A || $0 == UInt8(ascii: ".") }
            guard end < bytes.count, !digits.isEmpty, digits.allSatisfy(isPart) else { return nil }
            end += 1
        } else {
            let isName: (UInt8) -> Bool = { Percent.isUnreserved($0) && $0 != UInt8(ascii: "~") }
            guard end > 0, bytes[..<end].allSatisfy(isName) else { return nil }
        }
        self.host = String(decoding: bytes[..<end].map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
        guard end < bytes.count else {
            self.port = nil
            return
        }
        guard bytes[end] == UInt8(ascii: ":"), let port = bytes.span.number(at: (end + 1)..<bytes.count) else {
            return nil
        }
        self.port = Int(port)
    }
}
