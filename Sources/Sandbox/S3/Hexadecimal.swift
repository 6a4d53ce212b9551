/// Lower-case hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for byte in bytes {
            digits.append(PercentCoding.lower[Int(byte >> 4)])
            digits.append(PercentCoding.lower[Int(byte & 15)])
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
