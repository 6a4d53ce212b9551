import Wire

extension Version {
    /// Compares as PHP's `version_compare` does: negative, zero or positive.
    ///
    /// Different strings may compare equal (`1.1.0.0`, `1.01.0.0`).
    package static func compare(normalized a: String, normalized b: String) -> Int {
        if let a = VersionKey(a), let b = VersionKey(b), let order = VersionKey.compare(a, b) { return order }
        return self.compareText(self.canonical(a), self.canonical(b))
    }

    /// What `version_compare` splits at its dots: separators become dots, and one stands between digits and the rest.
    private static func canonical(_ version: String) -> [UInt8] {
        // PHP hands the string to C, where a NUL ends it.
        let bytes = version.utf8.prefix { $0 != 0 }
        guard let first = bytes.first, first != UInt8(ascii: "#") else { return Array(bytes) }
        let dot = UInt8(ascii: ".")
        var canonical = [first]
        var last = first
        for byte in bytes.dropFirst() {
            let isBorder = last != dot && byte != dot && last.isDigit != byte.isDigit
            let isOther = !byte.isDigit && byte.lowercased &- 97 >= 26
            if byte.isSeparator || isBorder || isOther, canonical.last != dot { canonical.append(dot) }
            if !byte.isSeparator, isBorder || !isOther { canonical.append(byte) }
            last = byte
        }
        return canonical
    }

    private static func compareText(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return (a.isEmpty ? 0 : 1) - (b.isEmpty ? 0 : 1) }
        return self.compareElements(
            a.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[...],
            b.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[...]
        )
    }

    private typealias Elements = ArraySlice<ArraySlice<UInt8>>

    private static func compareElements(_ a: Elements, _ b: Elements) -> Int {
        var a = a
        var b = b
        // An empty element at the very end ends PHP's loop before it is looked at.
        while !a.isEmpty, !b.isEmpty, a != [[]], b != [[]] {
            let order = self.compareElement(a.removeFirst(), b.removeFirst())
            if order != 0 { return order }
        }
        if !a.isEmpty { return self.compareToNothing(a) }
        if !b.isEmpty { return -self.compareToNothing(b) }
        return 0
    }

    /// How what one version has beyond the other compares to nothing: a number is more, a word as if to a number.
    private static func compareToNothing(_ rest: Elements) -> Int {
        if rest == [[]] { return -1 }
        if rest.first?.first?.isDigit ?? false { return 1 }
        return self.compareElements(rest, [Array("#N#".utf8)[...]])
    }

    private static func compareElement(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
        let aIsNumber = a.first?.isDigit ?? false
        let bIsNumber = b.first?.isDigit ?? false
        if aIsNumber, bIsNumber {
            let (a, b) = (self.number(a), self.number(b))
            return a == b ? 0 : (a < b ? -1 : 1)
        }
        let number = 4
        return (aIsNumber ? number : self.order(of: a)) - (bIsNumber ? number : self.order(of: b))
    }

    /// C's `strtol`, which stays at the largest number where there is overflow.
    private static func number(_ element: ArraySlice<UInt8>) -> Int {
        var number = 0
        for byte in element {
            guard byte.isDigit else { break }
            let (tens, overflowed) = number.multipliedReportingOverflow(by: 10)
            let (sum, alsoOverflowed) = tens.addingReportingOverflow(Int(byte) - 48)
            if overflowed || alsoOverflowed { return .max }
            number = sum
        }
        return number
    }

    /// Where a word stands: the first form it begins with decides, and an unknown one is below all.
    private static func order(of element: ArraySlice<UInt8>) -> Int {
        let forms: [(form: StaticString, order: Int)] = [
            ("dev", 0), ("alpha", 1), ("a", 1), ("beta", 2), ("b", 2), ("RC", 3), ("rc", 3), ("#", 4), ("pl", 5),
            ("p", 5),
        ]
        return forms.first { form in form.form.withUTF8Buffer { element.starts(with: $0) } }?.order ?? -1
    }
}

extension UInt8 {
    fileprivate var isSeparator: Bool {
        self == UInt8(ascii: "-") || self == UInt8(ascii: "_") || self == UInt8(ascii: "+")
    }
}
