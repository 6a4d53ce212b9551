import Composer

/// A range of versions as Wordfence writes it: two ends, of which `*` is an open one.
struct AffectedRange: Equatable {
    var from: String?
    var includesFrom = true
    var to: String?
    var includesTo = true

    /// What a range is as a part of a constraint.
    enum Part: Equatable {
        case everything
        /// `isMended` where a bound is not what Wordfence wrote.
        case range(String, isMended: Bool)
        /// An end that is no version, nor begins with one.
        case refused
    }

    var part: Part {
        guard let from, let to else { return .refused }
        if from == "*", to == "*" { return .everything }
        let lower = VersionBound(from)
        let upper = VersionBound(to)
        guard from == "*" || lower != nil, to == "*" || upper != nil else { return .refused }
        let isMended = lower?.isMended ?? false || upper?.isMended ?? false
        if let lower, from == to, self.includesFrom, self.includesTo {
            guard let exactly = lower.exactly else { return .refused }
            return .range(exactly, isMended: isMended)
        }
        let ends = [lower?.lower(includes: self.includesFrom), upper?.upper(includes: self.includesTo)]
        return .range(ends.compactMap(\.self).joined(separator: ","), isMended: isMended)
    }

    /// As a text: `[1.0, 2.0)`.
    var description: String {
        "\(self.includesFrom ? "[" : "(")\(self.from ?? "?"), \(self.to ?? "?")\(self.includesTo ? "]" : ")")"
    }
}

/// All ranges of one package in one record, as a constraint.
///
/// In the form that typisttech/wpsecadv gives them, whose advisories these then are: `*` swallows all others, they are
/// ordered by their bytes, and joined by `|`.
struct AffectedRanges {
    /// Nil where no range is left.
    private(set) var constraint: VersionConstraint?
    private(set) var isMended = false
    private(set) var refused: [AffectedRange] = []

    init(_ ranges: [AffectedRange]) {
        var texts: Set<String> = []
        for range in ranges {
            switch range.part {
            case .everything:
                (self.constraint, self.isMended, self.refused) = (VersionConstraint("*"), false, [])
                return
            case .range(let text, let isMended):
                texts.insert(text)
                self.isMended = self.isMended || isMended
            case .refused: self.refused.append(range)
            }
        }
        let ordered = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if !ordered.isEmpty { self.constraint = VersionConstraint(ordered.joined(separator: "|")) }
        if self.constraint == nil { self.refused = ranges }
    }
}
