import Wire

/// What may follow the numbers of a version.
///
/// `[._-]?(?:(stable|beta|b|RC|alpha|a|patch|pl|p)((?:[.-]?\d+)*+)?)?([.-]?dev)?$`, in any case.
package struct VersionModifier {
    /// The normal spelling; nil when there is none, or `stable` in lower case, which is left out.
    private var stability: StaticString?
    private var number: Bytes.SubSequence
    private var isDev: Bool

    /// Longer spellings before the ones they begin with.
    private static let spellings: [(spelling: StaticString, normal: StaticString)] = [
        ("stable", "stable"), ("beta", "beta"), ("b", "beta"), ("rc", "RC"), ("alpha", "alpha"), ("a", "alpha"),
        ("patch", "patch"), ("pl", "patch"), ("p", "patch"),
    ]

    /// Reads from `start` to the end of `text`; nil when there is anything else.
    package init?(_ text: Bytes, from start: Int) {
        self.number = text[start..<start]
        self.isDev = false
        var index = start
        // By far the most versions are numbers only.
        if index == text.count { return }
        if text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: "_") || text[index] == UInt8(ascii: "-") {
            index += 1
        }
        var isPlainStable = false
        if let match = Self.spellings.first(where: { text.hasPrefix($0.spelling, at: index) }) {
            let end = index + match.spelling.utf8CodeUnitCount
            isPlainStable = text.sub(index..<end).equals("stable")
            self.stability = match.normal
            let numberStart = end
            index = numberStart
            while true {
                let isSeparated = index < text.count && Self.separates(text[index])
                let end = text.end(of: \.isDigit, from: isSeparated ? index + 1 : index)
                guard end > (isSeparated ? index + 1 : index) else { break }
                index = end
            }
            self.number = text[numberStart..<index].drop(while: Self.separates)
        }
        let devStart = index < text.count && Self.separates(text[index]) ? index + 1 : index
        if text.hasPrefix("dev", at: devStart) {
            self.isDev = true
            index = devStart + 3
        }
        guard text.ends(at: index) else { return nil }
        if isPlainStable {
            self.stability = nil
            self.isDev = false
        }
    }

    private static func separates(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") }

    /// `numbers` and the modifier in its normal form.
    package func appended(to numbers: [UInt8]) -> String {
        guard self.stability != nil || self.isDev else { return String(decoding: numbers, as: UTF8.self) }
        var normal = numbers
        if let stability = self.stability {
            normal.append(UInt8(ascii: "-"))
            stability.withUTF8Buffer { normal.append(contentsOf: $0) }
            normal.append(contentsOf: self.number)
        }
        if self.isDev { normal.append(contentsOf: "-dev".utf8) }
        return String(decoding: normal, as: UTF8.self)
    }
}
