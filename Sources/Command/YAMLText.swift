import Upstream
import Yams

/// Reads YAML into values that know where they stand.
///
/// Messages never repeat the text, as those of the parser may: it can hold a secret.
struct YAMLText {
    /// What a key is marked with that stands there once more, so that the rest of the text can be read.
    ///
    /// A letter of the private use area, which YAML takes and nobody writes.
    private static let mark: Unicode.Scalar = "\u{F8FF}"
    /// How many keys are marked before the rest is given up.
    private static let maxDuplicates = 20

    /// How many values a text can have, each as often as aliases repeat it.
    private static let maxValues = 100_000

    private let path: String
    private var text: String
    private var values = 0
    private(set) var problems: [String] = []

    init(_ text: String, path: String) {
        (self.text, self.path) = (text, path)
    }

    /// - Returns: nil where it is no YAML.
    mutating func value() -> SettingValue? {
        do {
            guard let node = try self.compose() else { return SettingValue(.none, at: self.path) }
            return self.value(of: node, "", depth: 0)
        } catch let error as YamlError {
            self.problems.append(self.text(of: error))
        } catch {
            self.problems.append("\(self.path) can't be read as YAML")
        }
        return nil
    }

    private mutating func compose() throws -> Node? {
        for _ in 0..<Self.maxDuplicates {
            do {
                // Said, because the default prints a line where a variable of the environment is set.
                return try Yams.compose(yaml: self.text, .default, .default, .utf8)
            } catch let error as YamlError {
                guard case .duplicatedKeysInMapping(let names, let context) = error, self.markKey(at: context.mark)
                else {
                    throw error
                }
                self.problems.append(
                    "\(self.path):\(context.mark.line): '\(names.first ?? "")' stands there more than once; keep one of them"
                )
            }
        }
        return try Yams.compose(yaml: self.text, .default, .default, .utf8)
    }

    /// - Returns: Whether the key could be found.
    private mutating func markKey(at place: Mark) -> Bool {
        // Of scalars, because the two of a line's end of Windows are one character.
        let scalars = self.text.unicodeScalars
        let lines = scalars.split(separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
        guard place.line > 0, place.line <= lines.count else { return false }
        guard
            var index = scalars.index(
                lines[place.line - 1].startIndex,
                offsetBy: place.column - 1,
                limitedBy: scalars.endIndex
            ),
            index < scalars.endIndex
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        self.text.unicodeScalars.insert(Self.mark, at: index)
        return true
    }

    private mutating func value(of node: Node, _ path: String, depth: Int) -> SettingValue {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        let place = self.path + line + (path.isEmpty ? "" : ": \(path)")
        guard depth < 8 else {
            self.problems.append("\(place) is deeper than anything that is known here; leave it out")
            return SettingValue(.none, at: place)
        }
        // Aliases could make more of a text than can be held.
        self.values += 1
        guard self.values < Self.maxValues else {
            if self.values == Self.maxValues {
                self.problems.append(
                    "\(place): more than \(Self.maxValues) values come before it, aliases counted; have fewer"
                )
            }
            return SettingValue(.none, at: place)
        }
        switch node {
        case .scalar(let scalar): return SettingValue(Self.isNull(scalar) ? .none : .text(scalar.string), at: place)
        case .sequence(let sequence):
            var entries: [SettingValue] = []
            for entry in sequence where self.values < Self.maxValues {
                entries.append(self.value(of: entry, path, depth: depth + 1))
            }
            return SettingValue(.list(entries), at: place)
        case .mapping(let mapping):
            var members: [SettingMember] = []
            for (key, value) in mapping where self.values < Self.maxValues {
                guard case .scalar(let scalar) = key else {
                    self.problems.append("\(place) has a key that is no text; leave it out")
                    continue
                }
                if scalar.string.unicodeScalars.first == Self.mark { continue }
                let name = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
                var value = self.value(of: value, name, depth: depth + 1)
                // The key's line is where people look; that of a section's value is one below.
                value.place = self.path + (key.mark.map { ":\($0.line)" } ?? line) + ": \(name)"
                members.append(SettingMember(key: scalar.string, value: value))
            }
            return SettingValue(.section(members), at: place)
        case .alias:
            self.problems.append("\(place) is an alias of nothing; leave it out")
            return SettingValue(.none, at: place)
        }
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private func text(of error: YamlError) -> String {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let within = context.map { " \($0.text) that begins in line \($0.mark.line)" } ?? ""
            return "\(self.path):\(mark.line): no YAML:\(within) \(problem) (column \(mark.column))"
        case .duplicatedKeysInMapping(_, let context):
            return "\(self.path):\(context.mark.line): a key stands there more than once; keep one of them"
        case .reader(let problem, _, _, _): return "\(self.path): no text that YAML takes: \(problem)"
        default: return "\(self.path): can't be read as YAML"
        }
    }
}
