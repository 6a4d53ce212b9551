import Wire

/// Reads constraints as composer/semver's `parseConstraints` does: its regular expressions, written out by hand.
enum ConstraintParser {
    /// Nil where composer/semver throws.
    static func groups(of text: Bytes) -> [[VersionComparison]]? {
        var groups: [[VersionComparison]] = []
        for alternative in self.alternatives(Version.trimmed(text)) {
            var group: [VersionComparison] = []
            for part in self.parts(alternative) {
                guard let comparisons = ConstraintPart.comparisons(of: part) else { return nil }
                group += comparisons
            }
            groups.append(group)
        }
        return self.merged(groups)
    }

    /// What stands between matches of `\s*\|\|?\s*`.
    private static func alternatives(_ text: Bytes) -> [Bytes] {
        let bar = UInt8(ascii: "|")
        var alternatives: [Bytes] = []
        var start = 0
        while let found = text[start...].firstIndex(of: bar) {
            var end = found
            while end > start, text[end - 1].isSpace { end -= 1 }
            alternatives.append(text.sub(start..<end))
            let isDouble = found + 1 < text.count && text[found + 1] == bar
            start = text.end(of: \.isSpace, from: isDouble ? found + 2 : found + 1)
        }
        alternatives.append(text.sub(start..<text.count))
        return alternatives
    }

    /// What stands between matches of `(?<!^|as|[=>< ,]) *(?<!-)[, ](?!-) *(?!,|as|$)`.
    private static func parts(_ text: Bytes) -> [Bytes] {
        var parts: [Bytes] = []
        var start = 0
        var index = 1
        while index < text.count {
            guard !self.forbidsSeparator(text, before: index), let end = self.separatorEnd(text, from: index) else {
                index += 1
                continue
            }
            parts.append(text.sub(start..<index))
            start = end
            index = end
        }
        parts.append(text.sub(start..<text.count))
        return parts
    }

    /// The first lookbehind, where `index` is not the beginning.
    private static func forbidsSeparator(_ text: Bytes, before index: Int) -> Bool {
        switch text[index - 1] {
        case UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: " "), UInt8(ascii: ","): true
        case UInt8(ascii: "s"): index >= 2 && text[index - 2] == UInt8(ascii: "a")
        default: false
        }
    }

    /// Where a separator that begins at `start` ends; nil where none does.
    private static func separatorEnd(_ text: Bytes, from start: Int) -> Int? {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") }
        let blanksEnd = text.end(of: isBlank, from: start)
        // The first ` *` takes all blanks, or leaves the last of them for `[, ]`, or the one before that, and so on.
        if blanksEnd < text.count, text[blanksEnd] == UInt8(ascii: ","),
            blanksEnd > start || text[start - 1] != UInt8(ascii: "-")
        {
            let end = text.end(of: isBlank, from: blanksEnd + 1)
            if let end = self.separatorEnd(text, after: blanksEnd + 1, blanksEnd: end) { return end }
        }
        var separator = blanksEnd - 1
        while separator >= start {
            if separator > start || text[start - 1] != UInt8(ascii: "-"),
                let end = self.separatorEnd(text, after: separator + 1, blanksEnd: blanksEnd)
            {
                return end
            }
            separator -= 1
        }
        return nil
    }

    /// `(?!-) *(?!,|as|$)`: where it ends, after all blanks, or after all but one where what follows them is forbidden.
    private static func separatorEnd(_ text: Bytes, after start: Int, blanksEnd: Int) -> Int? {
        if start < text.count, text[start] == UInt8(ascii: "-") { return nil }
        let isForbidden =
            text.ends(at: blanksEnd) || text[blanksEnd] == UInt8(ascii: ",")
            || text[blanksEnd] == UInt8(ascii: "a") && blanksEnd + 1 < text.count
                && text[blanksEnd + 1] == UInt8(ascii: "s")
        if !isForbidden { return blanksEnd }
        return blanksEnd > start ? blanksEnd - 1 : nil
    }

    /// `>=1,<2|>=2,<3` becomes `>=1,<3`, as `MultiConstraint::optimizeConstraints` does it, which does not ask whether the
    /// bounds are in order.
    private static func merged(_ groups: [[VersionComparison]]) -> [[VersionComparison]] {
        var merged: [[VersionComparison]] = []
        for group in groups {
            if let last = merged.last, self.isRange(last), self.isRange(group), last[1].comparator == .less,
                last[1].version == group[0].version
            {
                merged[merged.count - 1] = [last[0], group[1]]
            } else {
                merged.append(group)
            }
        }
        return merged
    }

    private static func isRange(_ group: [VersionComparison]) -> Bool {
        group.count == 2 && group[0].comparator == .greaterOrEqual
            && (group[1].comparator == .less || group[1].comparator == .lessOrEqual)
    }
}
