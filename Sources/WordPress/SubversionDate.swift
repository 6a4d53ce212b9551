import Wire

/// Reads Subversion's dates: `2024-03-21T06:56:12.123456Z`.
enum SubversionDate {
    /// Milliseconds since 1970 in UTC, cut, not rounded; nil when this is no such date.
    static func milliseconds(_ text: [UInt8]) -> Int64? {
        let bytes = text.span
        guard bytes.count >= 20, bytes[bytes.count - 1] == UInt8(ascii: "Z"), bytes[4] == UInt8(ascii: "-"),
            bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let year = bytes.number(at: 0..<4), let month = bytes.number(at: 5..<7),
            let day = bytes.number(at: 8..<10), let hour = bytes.number(at: 11..<13),
            let minute = bytes.number(at: 14..<16), let second = bytes.number(at: 17..<19),
            let seconds = CivilDate(year: year, month: month, day: day)?.seconds(
                hour: hour,
                minute: minute,
                second: second
            )
        else { return nil }
        if bytes.count == 20 { return seconds * 1_000 }
        guard bytes[19] == UInt8(ascii: "."), bytes.count > 21, bytes.count <= 30,
            bytes.number(at: 20..<(bytes.count - 1)) != nil
        else { return nil }
        var fraction: Int64 = 0
        for place in 20..<23 {
            let digit = place < bytes.count - 1 ? bytes[place] &- UInt8(ascii: "0") : 0
            fraction = fraction * 10 + Int64(digit)
        }
        return seconds * 1_000 + fraction
    }
}
