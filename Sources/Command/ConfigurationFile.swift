import Foundation
import Upstream

/// The file that `PACKLINE_CONFIG` names: a section for each source, and any other setting under its name without
/// `PACKLINE_`, in small letters with dashes.
struct ConfigurationFile {
    /// Far above what people write; what it costs to read a file is bounded by this.
    private static let maxBytes = 1 << 20
    /// The key of the sources; their order is their precedence.
    static let sourcesKey = "sources"

    let path: String
    private let members: [SettingMember]
    /// What is wrong with it as a whole, or with its keys.
    private(set) var problems: [String]
    /// Whether so little of it could be read that nothing can be said about what is missing.
    let isBroken: Bool

    init(path: String) {
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: Self.maxBytes + 1) ?? Data()
        else {
            self.init(path: path, problem: "PACKLINE_CONFIG is '\(path)', which can't be read")
            return
        }
        guard data.count <= Self.maxBytes, let text = String(data: data, encoding: .utf8) else {
            let problem = "PACKLINE_CONFIG is '\(path)', which is no text in UTF-8 of at most 1 MB"
            self.init(path: path, problem: problem)
            return
        }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        var yaml = YAMLText(text, path: path)
        let root = yaml.value()
        self.path = path
        self.problems = yaml.problems
        switch root?.content {
        case .section(let members)?: (self.members, self.isBroken) = (members, false)
        // An empty file, or nothing but comments.
        case SettingValue.Content.none?: (self.members, self.isBroken) = ([], false)
        case .text?, .list?:
            (self.members, self.isBroken) = ([], true)
            self.problems.append("\(path) has no keys with values at its top, such as 'sources:'")
        case nil: (self.members, self.isBroken) = ([], true)
        }
    }

    private init(path: String, problem: String) {
        (self.path, self.members, self.problems, self.isBroken) = (path, [], [problem], true)
    }

    /// The value of a key at the top.
    subscript(key: String) -> SettingValue? { self.members.first { $0.key == key }?.value }

    /// The keys at the top that stand for variables, in their order.
    var variableKeys: [SettingMember] { self.members.filter { $0.key != Self.sourcesKey } }

    /// The sections of sources in their order; nil where the file says nothing of sources.
    private(set) lazy var sources: [SettingMember]? = self.readSources()

    private mutating func readSources() -> [SettingMember]? {
        guard let value = self[Self.sourcesKey] else { return nil }
        if case .section(let members) = value.content, !members.isEmpty { return members }
        self.problems.append(
            "\(value.place) takes a key for each source, such as 'wordpress-plugins: {}'; leave it out for the default"
        )
        return nil
    }

    /// How the file calls what the environment calls `name`; nil for what the file has another way to say, or that is
    /// not for a file.
    static func key(of name: String) -> String? {
        guard name.hasPrefix("PACKLINE_"), name != "PACKLINE_SOURCES", name != "PACKLINE_CONFIG" else { return nil }
        return name.dropFirst("PACKLINE_".count).lowercased().replacing("_", with: "-")
    }
}
