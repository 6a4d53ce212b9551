/// Patterns of names of packages as Composer's: `*` stands for any number of any characters, the slash included
/// (`BasePackage::packageNameToRegexp`).
package enum NamePattern {
    /// A vendor and a name with stars for parts of them, or one star that stands for both; in lower case.
    package static func isValid(_ text: String) -> Bool {
        text.contains("*") && text.utf8.count { $0 == UInt8(ascii: "/") } <= 1
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "*/_.-".utf8.contains(byte)
            }
    }

    /// Whether the whole name matches; both are compared byte by byte.
    ///
    /// Each star takes as little as it can. Only the last one is ever thought over again: that an earlier one takes more
    /// could only leave less. So the cost is at most the product of both lengths, and for patterns as they are written the
    /// length of the name.
    package static func matches(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (name.utf8, pattern.utf8)
        var (i, j) = (name.startIndex, pattern.startIndex)
        // Where the pattern goes on after the last star, and up to where of the name that star reaches.
        var afterStar: String.UTF8View.Index?
        var reach = i
        while i < name.endIndex {
            if j < pattern.endIndex, pattern[j] == UInt8(ascii: "*") {
                j = pattern.index(after: j)
                if j == pattern.endIndex { return true }
                (afterStar, reach) = (j, i)
            } else if j < pattern.endIndex, pattern[j] == name[i] {
                (i, j) = (name.index(after: i), pattern.index(after: j))
            } else if let afterStar {
                reach = name.index(after: reach)
                (i, j) = (reach, afterStar)
            } else {
                return false
            }
        }
        return pattern[j...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
