/// Percent-encoding as Signature Version 4 wants it, and how listings undo it.
///
/// Source: "Create a signed AWS API request", Amazon's IAM user guide: everything but `A-Z a-z 0-9 - . _ ~` becomes
/// `%XX` with capital letters, byte by byte; in a path the slash stays. S3 encodes a path once.
enum URIEncoding {
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    static func encodedPath(_ path: String) -> String { Self.encoded(path, keepsSlash: true) }

    static func encodedQueryValue(_ value: String) -> String { Self.encoded(value, keepsSlash: false) }

    private static func encoded(_ text: String, keepsSlash: Bool) -> String {
        let keeps: (UInt8) -> Bool = { Self.isUnreserved($0) || (keepsSlash && $0 == UInt8(ascii: "/")) }
        // Nearly every key of a repository is plain and is passed on as it is.
        if text.utf8.allSatisfy(keeps) { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3)
        for byte in text.utf8 {
            if keeps(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(Hexadecimal.upperDigit(byte >> 4))
                bytes.append(Hexadecimal.upperDigit(byte & 0xF))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text that a listing with `encoding-type=url` stands for; nil when it is not UTF-8 or not well-formed.
    ///
    /// Amazon writes a space as `+` there, and a plus as `%2B`.
    static func decoded(_ text: some Sequence<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(Hexadecimal.value),
                    let low = iterator.next().flatMap(Hexadecimal.value)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// Hexadecimal digits without formatting.
enum Hexadecimal {
    static func lowerDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    static func upperDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
    }

    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func text(_ bytes: some Sequence<UInt8>, count: Int) -> String {
        String(unsafeUninitializedCapacity: count * 2) { buffer in
            var index = 0
            for byte in bytes {
                buffer[index] = Self.lowerDigit(byte >> 4)
                buffer[index + 1] = Self.lowerDigit(byte & 0xF)
                index += 2
            }
            return index
        }
    }
}
