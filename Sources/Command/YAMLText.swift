import Upstream
import Yams

/// Reads YAML into values that know where they stand.
///
/// Messages never repeat the text, as those of the parser may: it can hold a secret.
struct YAMLText {
    /// What a key is marked with that stands there once more, so that the rest of the text can be read.
    ///
    /// A letter of the private use area, which YAML takes and nobody writes.
    private static let mark: Character = "\u{F8FF}"
    /// How many keys are marked before the rest is given up.
    private static let maxDuplicates = 20

    private let path: String
    private var text: String
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
        let lines = self.text.split(separator: "\n", maxSplits: place.line, omittingEmptySubsequences: false)
        guard place.line > 0, place.line <= lines.count else { return false }
        let scalars = self.text.unicodeScalars
        guard
            var index = scalars.index(
                lines[place.line - 1].startIndex,
                offsetBy: place.column - 1,
                limitedBy: scalars.endIndex
            ),
            index < scalars.endIndex
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index = scalars.index(after: index) }
        self.text.insert(Self.mark, at: index)
        return true
    }

    private mutating func value(of node: Node, _ path: String, depth: Int) -> SettingValue {
        let line = node.mark.map { ":\($0.line)" } ?? ""
        let place = self.path + line + (path.isEmpty ? "" : ": \(path)")
        // Nothing that is known is as deep; aliases could make more of a text than can be held.
        guard depth < 8 else {
            self.problems.append("\(place) is deeper than anything that is known here; leave it out")
            return SettingValue(.none, at: place)
        }
        switch node {
        case .scalar(let scalar): return SettingValue(Self.isNull(scalar) ? .none : .text(scalar.string), at: place)
        case .sequence(let sequence):
            return SettingValue(.list(sequence.map { self.value(of: $0, path, depth: depth + 1) }), at: place)
        case .mapping(let mapping):
            var members: [SettingMember] = []
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else {
                    self.problems.append("\(place) has a key that is no text; leave it out")
                    continue
                }
                if scalar.string.first == Self.mark { continue }
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
