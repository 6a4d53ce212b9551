import Wire

extension Version {
    /// What Composer 1 called `dev-master`, `dev-trunk` and `dev-default`: where it is found, Composer 2 normalises anew.
    package static let defaultBranchAlias = "9999999-dev"

    /// Whether `version`, normal or not, is a branch's: what composer/semver's `parseStability` says `dev` of.
    package static func isDev(_ version: String) -> Bool {
        var version = version
        return version.withUTF8 { self.isDev($0) }
    }

    private static func isDev(_ version: Bytes) -> Bool {
        // `#.+$` goes; what was before it can end in a newline, which is at the end then.
        let last = self.lastLine(version)
        if let hash = version[last].dropLast().firstIndex(of: UInt8(ascii: "#")) {
            guard last.upperBound == version.count else { return self.isDev(version, line: last.lowerBound..<hash) }
            let rest = version.sub(0..<hash)
            return self.isDev(rest, line: self.lastLine(rest))
        }
        return self.isDev(version, line: last)
    }

    /// What patterns see: their dot matches no newline, and `$` tolerates one at the end.
    private static func lastLine(_ text: Bytes) -> Range<Int> {
        let newline = UInt8(ascii: "\n")
        let end = text.last == newline ? text.count - 1 : text.count
        return ((text[..<end].lastIndex(of: newline) ?? -1) + 1)..<end
    }

    private static func isDev(_ text: Bytes, line range: Range<Int>) -> Bool {
        if text.starts(with: "dev-".utf8) || text.sub(max(text.count - 4, 0)..<text.count).equals("-dev") {
            return true
        }
        let line = text.sub(range)
        // A modifier, and `(?:\+.*)?$`: the first match wins, and from the first plus on anything matches.
        let plus = line.firstIndex(of: UInt8(ascii: "+")) ?? line.count
        return line.hasPrefix("dev", at: plus - 3) && plus >= 3
    }
}
