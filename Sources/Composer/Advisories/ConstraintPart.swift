import Wire

/// One part of a constraint, as semver's `parseConstraint` reads it.
enum ConstraintPart {
    /// Nil where composer/semver throws.
    static func comparisons(of text: Bytes) -> [VersionComparison]? {
        let (flagged, stability) = self.withoutFlag(Version.withoutAlias(text))
        // A flag alone is one of `*`.
        if flagged.isEmpty, !text.isEmpty { return [.everything] }
        let text = self.withoutReference(flagged)
        if let everything = self.everything(text) { return [everything] }
        switch text.first {
        case UInt8(ascii: "~"): if let range = self.tilde(text) { return range.comparisons }
        case UInt8(ascii: "^"): if let range = self.caret(text) { return range.comparisons }
        default:
            if let range = self.wildcard(text) { return range }
            if let range = self.hyphen(text) { return range.comparisons }
        }
        return self.basic(text, stability: stability).map { [$0] }
    }

    /// What a form makes of a text that has it; nothing where semver throws.
    struct Range {
        var comparisons: [VersionComparison]?

        init(from low: String?, _ comparator: VersionComparison.Operator, _ high: String?) {
            guard let low, let high else { return }
            self.comparisons = [VersionComparison(.greaterOrEqual, low), VersionComparison(comparator, high)]
        }
    }

    // MARK: What is left out

    /// `^([^,\s]*?)@(stable|RC|beta|alpha|dev)$`, in any case; the flag counts unless it is `stable`.
    private static func withoutFlag(_ text: Bytes) -> (text: Bytes, stability: String?) {
        let isPart: (UInt8) -> Bool = { $0 != UInt8(ascii: ",") && !$0.isSpace }
        for flag in ["@stable", "@rc", "@beta", "@alpha", "@dev"] as [StaticString] {
            let length = flag.utf8CodeUnitCount
            let end = text.last == UInt8(ascii: "\n") ? text.count - 1 : text.count
            let start = end - length
            guard text.hasPrefix(flag, at: start), text.end(of: isPart, from: 0) >= start else { continue }
            let spelling = String(decoding: text[(start + 1)..<end], as: UTF8.self)
            return (text.sub(0..<start), spelling == "stable" ? nil : spelling)
        }
        return (text, nil)
    }

    /// `^(dev-[^,\s@]+?|[^,\s@]+?\.x-dev)#.+$`, in any case, without what follows the branch.
    private static func withoutReference(_ text: Bytes) -> Bytes {
        let partEnd = text.end(
            of: { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "@") && !$0.isSpace },
            from: 0
        )
        func isReference(at hash: Int) -> Bool {
            let end = text.last == UInt8(ascii: "\n") ? text.count - 1 : text.count
            return hash <= partEnd && hash + 1 < end && !text[(hash + 1)..<end].contains(UInt8(ascii: "\n"))
        }
        let sign = UInt8(ascii: "#")
        if text.hasPrefix("dev-", at: 0), text.count > 5, let hash = text[5...].firstIndex(of: sign),
            isReference(at: hash)
        {
            return text.sub(0..<hash)
        }
        var index = 1
        while index < partEnd {
            if text.hasPrefix(".x-dev#", at: index) {
                return isReference(at: index + 6) ? text.sub(0..<(index + 6)) : text
            }
            index += 1
        }
        return text
    }

    // MARK: Forms

    /// `^(v)?[xX*](\.[xX*])*$`, in any case.
    private static func everything(_ text: Bytes) -> VersionComparison? {
        let hasV = text.hasPrefix("v", at: 0)
        let start = hasV ? 1 : 0
        guard start < text.count, text[start].isWildcard else { return nil }
        var end = start + 1
        while end + 1 < text.count, text[end] == UInt8(ascii: "."), text[end + 1].isWildcard { end += 2 }
        guard text.ends(at: end) else { return nil }
        return hasV || end > start + 1 ? VersionComparison(.greaterOrEqual, "0.0.0.0-dev") : .everything
    }

    /// `^~>?VERSION$`; with `>` semver throws.
    private static func tilde(_ text: Bytes) -> Range? {
        let start = text.hasPrefix(">", at: 1) ? 2 : 1
        guard let version = ConstraintVersion(text, from: start, mayFollow: { text.ends(at: $0) }) else { return nil }
        guard start == 1 else { return Range(from: nil, .less, nil) }
        let position = version.numbers.count + (version.isWildcardBranch ? 1 : 0)
        let high = ConstraintVersion.next(after: version.numbers, at: max(1, position - 1))
        return Range(from: self.low(text, version), .less, high)
    }

    /// `^\^VERSION$`.
    private static func caret(_ text: Bytes) -> Range? {
        guard let version = ConstraintVersion(text, from: 1, mayFollow: { text.ends(at: $0) }) else { return nil }
        let isZero = version.numbers.map { $0 == [UInt8(ascii: "0")] }
        let position =
            if !isZero[0] || isZero.count < 2 { 1 } else if !isZero[1] || isZero.count < 3 { 2 } else { 3 }
        return Range(from: self.low(text, version), .less, ConstraintVersion.next(after: version.numbers, at: position))
    }

    /// The version after the sign of a tilde or caret range, its development included unless it says how stable it is.
    private static func low(_ text: Bytes, _ version: ConstraintVersion) -> String? {
        let low = String(decoding: text[1...], as: UTF8.self)
        return Version.normalize(version.hasSuffix ? low : low + "-dev")
    }

    /// `^v?(\d++)(?:\.(\d++))?(?:\.(\d++))?(?:\.[xX*])++$`, the `v` in lower case.
    private static func wildcard(_ text: Bytes) -> [VersionComparison]? {
        var index = text.first == UInt8(ascii: "v") ? 1 : 0
        var numbers: [[UInt8]] = []
        while numbers.count < 3 {
            let end = text.end(of: \.isDigit, from: index)
            guard end > index else { break }
            numbers.append(Array(text[index..<end]))
            index = end
            guard index + 1 < text.count, text[index] == UInt8(ascii: "."), text[index + 1].isDigit else { break }
            index += 1
        }
        let start = index
        while index + 1 < text.count, text[index] == UInt8(ascii: "."), text[index + 1].isWildcard { index += 2 }
        guard !numbers.isEmpty, index > start, text.ends(at: index) else { return nil }
        let low = ConstraintVersion.padded(numbers, to: numbers.count, increment: false)
        let high = VersionComparison(.less, ConstraintVersion.next(after: numbers, at: numbers.count))
        return low == "0.0.0.0-dev" ? [high] : [VersionComparison(.greaterOrEqual, low), high]
    }

    /// `^VERSION +- +VERSION$`.
    private static func hyphen(_ text: Bytes) -> Range? {
        var second = 0
        let from = ConstraintVersion(text, from: 0) { end in
            let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") }
            let dash = text.end(of: isBlank, from: end)
            guard dash > end, dash < text.count, text[dash] == UInt8(ascii: "-") else { return false }
            second = text.end(of: isBlank, from: dash + 1)
            return second > dash + 1
        }
        guard let from, let to = ConstraintVersion(text, from: second, mayFollow: { text.ends(at: $0) }) else {
            return nil
        }
        let low = Version.normalize(String(decoding: text[..<from.end], as: UTF8.self))
            .map { from.hasSuffix ? $0 : $0 + "-dev" }
        let normal = Version.normalize(String(decoding: text[second..<to.end], as: UTF8.self))
        if to.numbers.count >= 3 || to.hasSuffix { return Range(from: low, .lessOrEqual, normal) }
        let high = ConstraintVersion.next(after: to.numbers, at: to.numbers.count)
        return Range(from: low, .less, normal == nil ? nil : high)
    }
}
