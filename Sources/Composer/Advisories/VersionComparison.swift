/// One side of a constraint, after its shorthands are written out: `>= 4.1.0.0-dev`.
package struct VersionComparison: Hashable, Sendable {
    package enum Operator: String, Sendable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    package var comparator: Operator
    /// In normal form; nil for `*`, which any version satisfies, branches too.
    package var version: String?

    static let everything = VersionComparison(.equal, nil)

    init(_ comparator: Operator, _ version: String?) {
        self.comparator = comparator
        self.version = version
    }

    /// Whether a normal version satisfies it, as semver's `Constraint::matchSpecific` decides: branches are the same or
    /// not, and neither more nor less than anything.
    func matches(_ version: String) -> Bool {
        guard let own = self.version else { return true }
        let isBranch = version.utf8.starts(with: "dev-".utf8) || own.utf8.starts(with: "dev-".utf8)
        if isBranch {
            let isSame = version.utf8.elementsEqual(own.utf8)
            switch self.comparator {
            case .equal: return isSame
            case .unequal: return !isSame
            default: return false
            }
        }
        let order = Version.compare(normalized: version, normalized: own)
        switch self.comparator {
        case .equal: return order == 0
        case .unequal: return order != 0
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .greater: return order > 0
        case .greaterOrEqual: return order >= 0
        }
    }
}
