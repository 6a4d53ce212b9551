import Wire

/// The bytes of a version string.
@usableFromInline package typealias Bytes = UnsafeBufferPointer<UInt8>

extension Bytes {
    /// Whether nothing, or nothing but the newline that `$` of a PCRE pattern tolerates, follows `index`.
    package func ends(at index: Int) -> Bool {
        index == self.count || (index == self.count - 1 && self[index] == UInt8(ascii: "\n"))
    }

    /// Whether `literal`, given in lower case, stands at `index`, whatever its case.
    @inlinable
    package func hasPrefix(_ literal: StaticString, at index: Int) -> Bool {
        guard index >= 0, index + literal.utf8CodeUnitCount <= self.count else { return false }
        return literal.withUTF8Buffer { literal in
            for offset in 0..<literal.count where self[index + offset].lowercased != literal[offset] { return false }
            return true
        }
    }

    /// Whether these are exactly the bytes of `literal`.
    @inlinable
    package func equals(_ literal: StaticString) -> Bool {
        self.count == literal.utf8CodeUnitCount && literal.withUTF8Buffer { self.elementsEqual($0) }
    }

    /// The first index from `start` whose byte does not satisfy `belongs`.
    @inlinable
    package func end(of belongs: (UInt8) -> Bool, from start: Int) -> Int {
        var index = start
        while index < self.count, belongs(self[index]) { index += 1 }
        return index
    }

    @inlinable
    package func sub(_ range: Range<Int>) -> Bytes { Bytes(rebasing: self[range]) }
}

extension UInt8 {
    @inlinable
    package var isDigit: Bool { self &- 48 < 10 }
    @inlinable
    package var lowercased: UInt8 { self &- 65 < 26 ? self | 32 : self }
    /// What `\s` matches: space, tab, newline, vertical tab, form feed, carriage return.
    @inlinable
    package var isSpace: Bool { self == 32 || self &- 9 < 5 }
    /// What PHP's `trim` removes; unlike `\s` it knows NUL and not the form feed.
    @inlinable
    package var isTrimmed: Bool { self == 32 || self == 9 || self == 10 || self == 13 || self == 0 || self == 11 }
}

extension Version {
    package static func trimmed(_ text: Bytes) -> Bytes {
        var start = 0
        var end = text.count
        while start < end, text[start].isTrimmed { start += 1 }
        while end > start, text[end - 1].isTrimmed { end -= 1 }
        return text.sub(start..<end)
    }

    /// `1.0 as 2.0` without what follows `1.0`: `^([^,\s]++) ++as ++([^,\s]++)$`.
    package static func withoutAlias(_ text: Bytes) -> Bytes {
        let isPart: (UInt8) -> Bool = { $0 != UInt8(ascii: ",") && !$0.isSpace }
        let isBlank: (UInt8) -> Bool = { $0 == 32 }
        let end = text.end(of: isPart, from: 0)
        let word = text.end(of: isBlank, from: end)
        guard end > 0, word > end, word + 2 <= text.count else { return text }
        guard text[word] == UInt8(ascii: "a"), text[word + 1] == UInt8(ascii: "s") else { return text }
        let alias = text.end(of: isBlank, from: word + 2)
        let aliasEnd = text.end(of: isPart, from: alias)
        guard alias > word + 2, aliasEnd > alias, text.ends(at: aliasEnd) else { return text }
        return text.sub(0..<end)
    }

    /// Without a stability flag at the end: `@(?:stable|RC|beta|alpha|dev)$`, in any case.
    package static func withoutStabilityFlag(_ text: Bytes) -> Bytes {
        for flag in ["@stable", "@rc", "@beta", "@alpha", "@dev"] as [StaticString] {
            let start = text.count - flag.utf8CodeUnitCount
            if text.hasPrefix(flag, at: start) { return text.sub(0..<start) }
        }
        return text
    }

    /// `1.0+5` without what follows `1.0`: `^([^,\s+]++)\+[^\s]++$`.
    package static func withoutBuildMetadata(_ text: Bytes) -> Bytes {
        let end = text.end(of: { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "+") && !$0.isSpace }, from: 0)
        guard end > 0, end < text.count, text[end] == UInt8(ascii: "+") else { return text }
        let metadataEnd = text.end(of: { !$0.isSpace }, from: end + 1)
        guard metadataEnd > end + 1, text.ends(at: metadataEnd) else { return text }
        return text.sub(0..<end)
    }

    /// `^v?(\d{1,5})(\.\d++)?(\.\d++)?(\.\d++)?` and a modifier: missing numbers become 0.
    package static func classical(_ text: Bytes) -> String? {
        let start = text.hasPrefix("v", at: 0) ? 1 : 0
        var end = text.end(of: \.isDigit, from: start)
        guard end > start, end - start <= 5 else { return nil }
        var numbers = 1
        while numbers < 4, end + 1 < text.count, text[end] == UInt8(ascii: "."), text[end + 1].isDigit {
            end = text.end(of: \.isDigit, from: end + 1)
            numbers += 1
        }
        guard let modifier = VersionModifier(text, from: end) else { return nil }
        var normal: [UInt8] = []
        normal.reserveCapacity(text.count + 16)
        normal.append(contentsOf: text[start..<end])
        for _ in numbers..<4 {
            normal.append(UInt8(ascii: "."))
            normal.append(UInt8(ascii: "0"))
        }
        return modifier.appended(to: normal)
    }

    /// A version made of a date: `^v?(\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3})?)` and a modifier.
    package static func dated(_ text: Bytes) -> String? {
        let start = text.hasPrefix("v", at: 0) ? 1 : 0
        // A modifier starts with no digit and no separator before a digit, so the date is the longest run of digits
        // with single separators between them.
        var end = text.end(of: \.isDigit, from: start)
        while end + 1 < text.count, text[end].separatesDate, text[end + 1].isDigit {
            end = text.end(of: \.isDigit, from: end + 1)
        }
        let date = text.sub(start..<end)
        guard self.isDate(date), let modifier = VersionModifier(text, from: end) else { return nil }
        return modifier.appended(to: date.map { $0.isDigit ? $0 : UInt8(ascii: ".") })
    }

    private static func isDate(_ date: Bytes) -> Bool {
        guard date.count >= 6, date[..<4].allSatisfy(\.isDigit) else { return false }
        var index = 4
        var pairs = 0
        while index < date.count {
            if date[index].separatesDate { index += 1 }
            let rest = date.count - index
            if pairs >= 1, rest <= 3, date[index...].allSatisfy(\.isDigit) { return true }
            guard pairs < 6, rest >= 2, date[index].isDigit, date[index + 1].isDigit else { return false }
            index += 2
            pairs += 1
        }
        return true
    }

    /// A numeric branch: `(.*?)[.-]?dev$`, where what precedes is up to four numbers or `x`.
    package static func numericBranch(_ text: Bytes) -> String? {
        var end = text.count
        if end > 0, text[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        end -= 3
        guard text.hasPrefix("dev", at: end) else { return nil }
        if end > 0, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") { end -= 1 }
        // A dot matches no newline, so the match begins after the last one.
        let start = (text[..<end].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let branch = self.trimmed(text.sub(start..<end))

        var index = branch.hasPrefix("v", at: 0) ? 1 : 0
        var normal: [UInt8] = []
        let firstEnd = branch.end(of: \.isDigit, from: index)
        guard firstEnd > index else { return nil }
        normal.append(contentsOf: branch[index..<firstEnd])
        index = firstEnd
        var numbers = 1
        while numbers < 4, index + 1 < branch.count, branch[index] == UInt8(ascii: ".") {
            let numberEnd = branch.end(of: \.isDigit, from: index + 1)
            if numberEnd > index + 1 {
                normal.append(contentsOf: branch[index..<numberEnd])
                index = numberEnd
            } else if branch[index + 1].lowercased == UInt8(ascii: "x") || branch[index + 1] == UInt8(ascii: "*") {
                normal.append(contentsOf: ".9999999".utf8)
                index += 2
            } else {
                return nil
            }
            numbers += 1
        }
        guard index == branch.count else { return nil }
        for _ in numbers..<4 { normal.append(contentsOf: ".9999999".utf8) }
        normal.append(contentsOf: "-dev".utf8)
        return String(decoding: normal, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var separatesDate: Bool {
        self == UInt8(ascii: ".") || self == UInt8(ascii: ":") || self == UInt8(ascii: "-")
    }
}
