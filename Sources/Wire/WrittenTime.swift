/// Times as documents have them, in the forms that occur: `2025-01-07T11:12:13+00:00`, `2025-01-07 11:12:13`, `2025-01-07`.
package enum WrittenTime {
    /// Seconds since 1970, in UTC where no offset is given; nil for anything else.
    package static func seconds(_ span: borrowing Span<UInt8>) -> Int64? {
        guard span.count >= 10, span[4] == UInt8(ascii: "-"), span[7] == UInt8(ascii: "-"),
            let year = span.number(at: 0..<4), let month = span.number(at: 5..<7), let day = span.number(at: 8..<10),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        if span.count == 10 { return date.seconds(hour: 0, minute: 0, second: 0) }
        guard span.count >= 19, span[10] == UInt8(ascii: "T") || span[10] == UInt8(ascii: " "),
            span[13] == UInt8(ascii: ":"), span[16] == UInt8(ascii: ":"),
            let hour = span.number(at: 11..<13), let minute = span.number(at: 14..<16),
            let second = span.number(at: 17..<19),
            let seconds = date.seconds(hour: hour, minute: minute, second: second)
        else { return nil }
        var index = 19
        // Fractions of a second are of no account.
        if index < span.count, span[index] == UInt8(ascii: ".") {
            index += 1
            while index < span.count, span[index] &- 48 < 10 { index += 1 }
        }
        return Self.offset(span, from: index).map { seconds - $0 }
    }

    /// Seconds east of UTC: nothing, `Z`, `+01:00` or `+0100`.
    private static func offset(_ span: borrowing Span<UInt8>, from start: Int) -> Int64? {
        if start == span.count || (start + 1 == span.count && span[start] == UInt8(ascii: "Z")) { return 0 }
        guard start + 5 <= span.count, span[start] == UInt8(ascii: "+") || span[start] == UInt8(ascii: "-") else {
            return nil
        }
        let minutes = span[start + 3] == UInt8(ascii: ":") ? start + 4 : start + 3
        guard minutes + 2 == span.count, let hour = span.number(at: (start + 1)..<(start + 3)),
            let minute = span.number(at: minutes..<(minutes + 2)), hour < 24, minute < 60
        else { return nil }
        let offset = hour * 3_600 + minute * 60
        return span[start] == UInt8(ascii: "-") ? -offset : offset
    }
}
