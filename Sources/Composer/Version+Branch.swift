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
        let newline = UInt8(ascii: "\n")
        // A dot of its patterns matches no newline, and `$` tolerates one at the end: the last line is what counts.
        let end = version.last == newline ? version.count - 1 : version.count
        let start = (version[..<end].lastIndex(of: newline) ?? -1) + 1
        var text = version
        var line = version.sub(start..<end)
        // `#.+$` goes.
        if let hash = line.dropLast().firstIndex(of: UInt8(ascii: "#")) {
            line = line.sub(0..<hash)
            if end == version.count { text = version.sub(0..<(start + hash)) }
        }
        if text.starts(with: "dev-".utf8) || text.sub(max(text.count - 4, 0)..<text.count).equals("-dev") {
            return true
        }
        // A modifier, and `(?:\+.*)?$`: the first match wins, and from the first plus on anything matches.
        let plus = line.firstIndex(of: UInt8(ascii: "+")) ?? line.count
        return line.hasPrefix("dev", at: plus - 3) && plus >= 3
    }
}
