/// Hexadecimal digits.
package enum Hexadecimal {
    @inlinable
    package static func lowerDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    @inlinable
    package static func upperDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }

    /// Two lower-case digits a byte.
    @inlinable
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(Self.lowerDigit(byte >> 4))
            digits.append(Self.lowerDigit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}

extension UInt8 {
    /// What it stands for as a hexadecimal digit, of either case.
    @inlinable
    package var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
