import Wire

/// A version inside a constraint: semver's
/// `v?(\d++)(?:\.(\d++))?(?:\.(\d++))?(?:\.(\d++))?(?:MODIFIER|\.([xX*][.-]?dev))(?:\+[^\s]+)?`.
struct ConstraintVersion {
    /// From one to four, as they are spelled.
    var numbers: [[UInt8]] = []
    var hasStability = false
    var isDev = false
    /// Whether it ends like `1.x-dev`.
    var isWildcardBranch = false
    /// Where it ends.
    var end: Int

    /// Whether something says how stable it is.
    var hasSuffix: Bool { self.hasStability || self.isDev || self.isWildcardBranch }

    /// Reads at `start`; nil unless `mayFollow` agrees to where it ends.
    init?(_ text: Bytes, from start: Int, mayFollow: (_ end: Int) -> Bool) {
        self.end = text.hasPrefix("v", at: start) ? start + 1 : start
        guard self.readNumbers(text, upTo: 4) else { return nil }
        let numbersEnd = self.end
        self.readModifier(text)
        self.readBuild(text)
        if mayFollow(self.end) { return }
        (self.hasStability, self.isDev, self.end) = (false, false, numbersEnd)
        guard self.readWildcardBranch(text) else { return nil }
        self.readBuild(text)
        guard mayFollow(self.end) else { return nil }
    }

    /// Reads numbers with dots between them from ``end`` on; false where there is none.
    private mutating func readNumbers(_ text: Bytes, upTo limit: Int) -> Bool {
        var start = self.end
        while self.numbers.count < limit {
            let end = text.end(of: \.isDigit, from: start)
            guard end > start else { break }
            self.numbers.append(Array(text[start..<end]))
            self.end = end
            guard end < text.count, text[end] == UInt8(ascii: ".") else { break }
            start = end + 1
        }
        return !self.numbers.isEmpty
    }

    /// `[._-]?(?:(stable|beta|b|RC|alpha|a|patch|pl|p)((?:[.-]?\d+)*+)?)?([.-]?dev)?`.
    private mutating func readModifier(_ text: Bytes) {
        if self.end < text.count, "._-".utf8.contains(text[self.end]) { self.end += 1 }
        // Longer ones before those they begin with.
        let words: [StaticString] = ["stable", "beta", "b", "rc", "alpha", "a", "patch", "pl", "p"]
        if let word = words.first(where: { text.hasPrefix($0, at: self.end) }) {
            self.hasStability = true
            self.end += word.utf8CodeUnitCount
            while true {
                let digits = Self.separates(text, at: self.end) ? self.end + 1 : self.end
                let end = text.end(of: \.isDigit, from: digits)
                guard end > digits else { break }
                self.end = end
            }
        }
        let dev = Self.separates(text, at: self.end) ? self.end + 1 : self.end
        if text.hasPrefix("dev", at: dev) {
            self.isDev = true
            self.end = dev + 3
        }
    }

    /// `\.[xX*][.-]?dev`.
    private mutating func readWildcardBranch(_ text: Bytes) -> Bool {
        guard self.end + 1 < text.count, text[self.end] == UInt8(ascii: "."), text[self.end + 1].isWildcard else {
            return false
        }
        let dev = Self.separates(text, at: self.end + 2) ? self.end + 3 : self.end + 2
        guard text.hasPrefix("dev", at: dev) else { return false }
        self.isWildcardBranch = true
        self.end = dev + 3
        return true
    }

    /// `(?:\+[^\s]+)?`.
    private mutating func readBuild(_ text: Bytes) {
        guard self.end < text.count, text[self.end] == UInt8(ascii: "+") else { return }
        let end = text.end(of: { !$0.isSpace }, from: self.end + 1)
        if end > self.end + 1 { self.end = end }
    }

    private static func separates(_ text: Bytes, at index: Int) -> Bool {
        index < text.count && (text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: "-"))
    }

    /// The least version after all that begin with the first `position` numbers: `1.3.0.0-dev` for `1.2.5` at 2.
    static func next(after numbers: [[UInt8]], at position: Int) -> String {
        self.padded(numbers, to: position, increment: true)
    }

    /// The first `position` numbers, then zeros: semver's `manipulateVersionString`.
    static func padded(_ numbers: [[UInt8]], to position: Int, increment: Bool) -> String {
        var version = ""
        for index in 0..<4 {
            if index > 0 { version += "." }
            guard index < position, index < numbers.count else {
                version += "0"
                continue
            }
            let text = String(decoding: numbers[index], as: UTF8.self)
            guard increment, index == position - 1 else {
                version += text
                continue
            }
            // PHP goes on in floating point where a number has more digits: nobody's versions do.
            let (next, overflows) = (Int(text) ?? .max).addingReportingOverflow(1)
            version += overflows ? text : String(next)
        }
        return version + "-dev"
    }
}

extension UInt8 {
    /// What stands for any number.
    var isWildcard: Bool { self.lowercased == UInt8(ascii: "x") || self == UInt8(ascii: "*") }
}
