import Composer
import Wire

/// Decides about what versions require, conflict with, provide and replace, as Composer's `ArrayLoader` does.
///
/// It reads all of it as soon as a version is a candidate, `require-dev` too; what it can't read ends the update.
struct LinkJudge {
    private enum Verdict {
        case usable, unusable
        /// Usable where the version is a constraint itself: something of it is `self.version`.
        case asVersion
    }

    private let bytes: [UInt8]
    private let name: [UInt8]
    /// By where a map begins: in a minified list most versions have it from the one before.
    private var verdicts: [Int: Verdict] = [:]
    /// Constraints that parse and are not plain, as they are spelled: most are in many versions.
    private var parsed: Set<ArraySlice<UInt8>> = []

    /// - Parameter name: Of the package, in lower case.
    init(bytes: [UInt8], name: [UInt8]) { (self.bytes, self.name) = (bytes, name) }

    mutating func areUsable(of version: ScannedVersion) throws -> Bool {
        for place in [version.require, version.conflict, version.provide, version.replace, version.requireDev] {
            guard let range = place.value else { continue }
            switch try self.verdict(on: range) {
            case .usable: continue
            case .unusable: return false
            case .asVersion:
                guard let place = version.version.value, let pretty = try JSONReader.scalar(self.bytes, at: place),
                    Self.parses(pretty)
                else { return false }
            }
        }
        return true
    }

    private mutating func verdict(on range: Range<Int>) throws -> Verdict {
        if let known = self.verdicts[range.lowerBound] { return known }
        let verdict = try self.read(range)
        self.verdicts[range.lowerBound] = verdict
        return verdict
    }

    private mutating func read(_ range: Range<Int>) throws -> Verdict {
        var reader = JSONReader(self.bytes, at: range)
        let kind = try reader.kind()
        if kind == .array {
            // PHP writes an empty map as a list; in others a number stands for the name.
            var isEmpty = true
            try reader.readArray { reader, _ in
                isEmpty = false
                try reader.skipValue()
            }
            return isEmpty ? .usable : .unusable
        }
        guard kind == .object else { return .unusable }
        // Of several members of one name, PHP knows the last.
        var bad: Set<String> = []
        var isAsVersion = false
        try reader.readObject { reader, key in
            let verdict = try self.verdict(of: reader.skipValue(), for: key, reader)
            if verdict == .unusable {
                bad.insert(try reader.text(key))
            } else if !bad.isEmpty {
                bad.remove(try reader.text(key))
            }
            if verdict == .asVersion { isAsVersion = true }
        }
        return bad.isEmpty ? isAsVersion ? .asVersion : .usable : .unusable
    }

    /// What one constraint comes to, for the package that `key` names.
    private mutating func verdict(of range: Range<Int>, for key: JSONKey, _ reader: JSONReader) throws -> Verdict {
        // To PHP such a name is no text, which `ArrayLoader` wants.
        if let first = self.bytes[key.range].first, first == UInt8(ascii: "-") || first &- 48 < 10 {
            let name = try reader.text(key)
            if Int(name).map(String.init) == name { return .unusable }
        }
        // Composer passes over what a package says of itself.
        if try reader.holds(key, package: self.name).matches { return .usable }
        guard self.bytes[range.lowerBound] == UInt8(ascii: "\"") else { return .unusable }
        let spelled = self.bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
        if Self.isPlain(spelled) || self.parsed.contains(spelled) { return .usable }
        guard let text = try JSONReader.scalar(self.bytes, at: range) else { return .unusable }
        if text == "self.version" { return .asVersion }
        guard Self.parses(text) else { return .unusable }
        self.parsed.insert(spelled)
        return .usable
    }

    /// Of one that is too long to be read nothing bad is known.
    private static func parses(_ constraint: String) -> Bool {
        constraint.utf8.count > VersionConstraint.maxLength || VersionConstraint(constraint) != nil
    }

    /// Whether a constraint is made of nothing but signs, numbers and what joins them, as nearly all are: `>=7.4 <9`,
    /// `^1.2 || ~2.0.1`, `3.*`.
    ///
    /// Those need not be parsed, which costs as much as all else that is done with a version.
    static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
        var index = text.startIndex
        func take(_ character: Unicode.Scalar) -> Bool {
            guard index < text.endIndex, text[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }
        while true {
            var hasSign = take("^") || take("~")
            if !hasSign, take("<") || take(">") {
                hasSign = true
                _ = take("=")
            }
            var numbers = 0
            repeat {
                if !hasSign, (1...3).contains(numbers), take("*") { break }
                let start = index
                while index < text.endIndex, text[index] &- 48 < 10 { index += 1 }
                guard (1...5).contains(index - start), numbers < 4 else { return false }
                numbers += 1
            } while take(".")
            if index == text.endIndex { return true }
            let isSpaced = take(" ")
            if take("|") { _ = take("|") } else if !take(","), !isSpaced { return false }
            _ = take(" ")
        }
    }
}
