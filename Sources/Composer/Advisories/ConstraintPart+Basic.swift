import Wire

extension ConstraintPart {
    /// `^(<>|!=|>=?|<=?|==?)?\s*(.*)`: a comparison with a version, or a version alone; what follows the line is nothing.
    static func basic(_ text: Bytes, stability: String?) -> VersionComparison? {
        let signs: [(sign: StaticString, comparator: VersionComparison.Operator)] = [
            ("<>", .unequal), ("!=", .unequal), (">=", .greaterOrEqual), (">", .greater), ("<=", .lessOrEqual),
            ("<", .less), ("==", .equal), ("=", .equal),
        ]
        let sign = signs.first { text.hasPrefix($0.sign, at: 0) }
        let start = text.end(of: \.isSpace, from: sign?.sign.utf8CodeUnitCount ?? 0)
        let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
        let operand = text.sub(start..<end)
        guard var version = self.version(operand) else { return nil }
        let comparator = sign?.comparator ?? .equal
        if comparator != .equal, let stability, Version.stability(ofNormalized: version) == .stable {
            version += "-" + stability
        } else if comparator == .less || comparator == .greaterOrEqual, !self.endsInModifier(operand),
            !(operand.count >= 4 && operand.sub(0..<4).equals("dev-"))
        {
            version += "-dev"
        }
        return VersionComparison(comparator, version)
    }

    /// `foo-dev` is taken for `dev-foo` where it is no version.
    private static func version(_ operand: Bytes) -> String? {
        if let version = Version.normalize(String(decoding: operand, as: UTF8.self)) { return version }
        guard operand.count >= 4, operand.sub((operand.count - 4)..<operand.count).equals("-dev"),
            operand.allSatisfy({ $0.isDigit || $0.lowercased &- 97 < 26 || "-./".utf8.contains($0) })
        else { return nil }
        return Version.normalize("dev-" + String(decoding: operand.dropLast(4), as: UTF8.self))
    }

    /// `-MODIFIER$` in what was put in lower case; the modifier's own `RC` never is in that.
    private static func endsInModifier(_ operand: Bytes) -> Bool {
        operand.indices.contains { index in
            guard operand[index] == UInt8(ascii: "-") else { return false }
            let rest = operand.sub((index + 1)..<operand.count)
            let word = rest.first.map { "._-".utf8.contains($0) } ?? false ? 1 : 0
            return !rest.hasPrefix("rc", at: word) && VersionModifier(rest, from: 0) != nil
        }
    }
}
