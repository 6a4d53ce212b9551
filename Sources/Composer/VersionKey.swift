import Wire

/// The four numbers that a normal version begins with: most pairs compare without a look at the text.
package struct VersionKey {
    package var numbers: (Int, Int, Int, Int)
    /// Whether neither a stability nor a dev mark follows.
    package var isNumbersOnly: Bool

    /// Nil unless `version` begins with four numbers of at most 18 digits and ends there or goes on with a dash.
    package init?(_ version: String) {
        self.numbers = (0, 0, 0, 0)
        self.isNumbersOnly = true
        var place = 0
        var digits = 0
        for byte in version.utf8 {
            if byte.isDigit {
                digits += 1
                guard digits <= 18 else { return nil }
                let digit = Int(byte) - 48
                switch place {
                case 0: self.numbers.0 = self.numbers.0 * 10 + digit
                case 1: self.numbers.1 = self.numbers.1 * 10 + digit
                case 2: self.numbers.2 = self.numbers.2 * 10 + digit
                default: self.numbers.3 = self.numbers.3 * 10 + digit
                }
            } else if byte == UInt8(ascii: "."), digits > 0, place < 3 {
                place += 1
                digits = 0
            } else if byte == UInt8(ascii: "-"), digits > 0, place == 3 {
                self.isNumbersOnly = false
                return
            } else {
                return nil
            }
        }
        guard place == 3, digits > 0 else { return nil }
    }

    /// The order of two versions when the numbers tell it; nil when what follows them matters.
    package static func compare(_ a: VersionKey, _ b: VersionKey) -> Int? {
        if a.numbers != b.numbers { return a.numbers < b.numbers ? -1 : 1 }
        return a.isNumbersOnly && b.isNumbersOnly ? 0 : nil
    }
}
