extension Span<UInt8> {
    /// The first place at or after `start` that holds `byte`; reads eight bytes at a time.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        let raw = self.bytes
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        var index = start
        while index &+ 8 <= self.count {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
            // A zero byte borrows from its own high bit; the lowest one that shows is a true one.
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < self.count {
            if self[index] == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// Whether the bytes at `range` are those of `text`.
    package func holds(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount, range.upperBound <= self.count else { return false }
        var index = range.lowerBound
        return text.withUTF8Buffer { wanted in
            for byte in wanted {
                if self[index] != byte { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Whether what is there from `start` on begins with `text`.
    package func starts(with text: StaticString, at start: Int) -> Bool {
        let end = start + text.utf8CodeUnitCount
        return end <= self.count && self.holds(text, at: start..<end)
    }

    /// The first place at or after `start` where `text` begins.
    package func firstIndex(of text: StaticString, from start: Int) -> Int? {
        guard let first = text.withUTF8Buffer({ $0.first }) else { return start }
        var index = start
        while let found = self.firstIndex(of: first, from: index) {
            if self.starts(with: text, at: found) { return found }
            index = found + 1
        }
        return nil
    }

    /// A copy of the bytes at `range`.
    package func copy(_ range: Range<Int>) -> [UInt8] {
        self.extracting(range).withUnsafeBufferPointer { Array($0) }
    }

    /// The bytes at `range` as a decimal number; nil when they are none, or too large a one.
    package func number(at range: Range<Int>) -> Int64? {
        guard !range.isEmpty else { return nil }
        var value: Int64 = 0
        for index in range {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, alsoOverflows) = product.addingReportingOverflow(Int64(digit))
            if overflows || alsoOverflows { return nil }
            value = sum
        }
        return value
    }
}

extension UInt8 {
    /// What XML and HTML take for white space.
    @inlinable
    package var isMarkupSpace: Bool { self == 0x20 || self == 0x0a || self == 0x0d || self == 0x09 }
}
