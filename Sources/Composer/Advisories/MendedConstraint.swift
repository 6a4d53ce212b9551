import Wire

/// A constraint as a feed writes it, mended where Composer does not parse it.
///
/// What Composer parses stays as it is written. Of the rest this is put right, part by part, because what is meant is
/// plain; anything else is refused:
/// 1. white space of any kind, also inside `< =`, and what no-break spaces are;
/// 2. `=<` and `=>`;
/// 3. commas and bars with nothing between or around them;
/// 4. ranges with one end, `1.2 -` and `- 1.2`;
/// 5. bounds that are no version but begin with one, as ``VersionBound`` says.
package struct MendedConstraint: Sendable {
    /// Nil where it can't be mended.
    package let constraint: VersionConstraint?
    /// Whether ``constraint`` is spelled otherwise than the feed's.
    package let isMended: Bool

    package init(_ text: String) {
        if let constraint = VersionConstraint(text) {
            (self.constraint, self.isMended) = (constraint, false)
        } else {
            self.constraint = Self.mended(text).flatMap { VersionConstraint($0) }
            self.isMended = self.constraint != nil
        }
    }

    private static func mended(_ text: String) -> String? {
        guard text.utf8.count <= VersionConstraint.maxLength else { return nil }
        var alternatives: [String] = []
        for alternative in self.words(text).split(separator: "|") {
            var parts: [String] = []
            for part in self.joined(alternative).split(separator: ",") {
                let part = part.trimmingBlanks
                guard !part.isEmpty else { continue }
                guard let mended = self.part(part) else { return nil }
                parts.append(mended)
            }
            if !parts.isEmpty { alternatives.append(parts.joined(separator: ",")) }
        }
        return alternatives.isEmpty ? nil : alternatives.joined(separator: "|")
    }

    /// With one blank for any white space.
    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// With no blank after a sign, and a comma for that before one.
    private static func joined(_ text: Substring) -> String {
        var joined = ""
        for character in text {
            if self.isSign(character), joined.last == " " {
                joined.removeLast()
                if let last = joined.last, !self.isSign(last), last != "," { joined.append(",") }
            } else if character == " ", let last = joined.last, self.isSign(last) {
                continue
            }
            joined.append(character)
        }
        return joined
    }

    private static func isSign(_ character: Character) -> Bool { "<>=!".contains(character) }

    private static func part(_ text: Substring) -> String? {
        if text.hasSuffix(" -"), let bound = VersionBound(String(text.dropLast(2))) {
            return bound.lower(includes: true)
        }
        if text.hasPrefix("- "), let bound = VersionBound(String(text.dropFirst(2))) {
            return bound.upper(includes: true)
        }
        let sign = text.prefix(while: self.isSign)
        let version = String(text[sign.endIndex...])
        switch sign {
        case "<": return VersionBound(version)?.upper(includes: false)
        case "<=", "=<": return VersionBound(version)?.upper(includes: true)
        case ">": return VersionBound(version)?.lower(includes: false)
        case ">=", "=>": return VersionBound(version)?.lower(includes: true)
        // All else is what Composer parses, or is none.
        default: return VersionConstraint(String(text)) == nil ? nil : String(text)
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
