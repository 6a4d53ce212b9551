import Hummingbird

/// The query of a URL as forms write it: `+` is a space, `%XX` a byte.
struct QueryString {
    private let pairs: [(name: String, value: String)]

    init(_ query: String?) {
        self.pairs = (query ?? "").split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.decoded)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }

    /// The last value of that name, as PHP has it; nil when it is missing or empty.
    subscript(name: String) -> String? {
        self.pairs.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    func has(_ name: String) -> Bool { self.pairs.contains { $0.name == name } }

    /// What is no percent-encoding stays as it is; bytes that are no UTF-8 become U+FFFD.
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
                bytes.append(digits.count == 2 ? UInt8(digits[0] * 16 + digits[1]) : byte)
                if digits.count == 2 { rest = rest.dropFirst(2) }
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Request {
    var query: QueryString { QueryString(self.uri.query) }
}
