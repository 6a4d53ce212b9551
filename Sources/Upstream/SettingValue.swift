/// A value of the configuration file, or of a variable in its place, with where it stands.
package struct SettingValue: Equatable, Sendable {
    package indirect enum Content: Equatable, Sendable {
        /// A key without a value.
        case none
        case text(String)
        case list([SettingValue])
        case section([SettingMember])
    }

    package var content: Content
    /// What messages about it begin with: `packline.yaml:12: sources.composer:acme.url`, or the name of a variable.
    package var place: String

    package init(_ content: Content, at place: String) {
        self.content = content
        self.place = place
    }

    /// Whether it says nothing.
    package var isEmpty: Bool { self.content == .none || self.content == .section([]) }

    /// What it is, for messages; never the value, which may be a secret.
    var form: String {
        switch self.content {
        case .none: "empty"
        case .text: "a text"
        case .list: "a list"
        case .section: "a section of keys"
        }
    }
}

/// One key of a section, and its value.
package struct SettingMember: Equatable, Sendable {
    package var key: String
    package var value: SettingValue

    package init(key: String, value: SettingValue) {
        self.key = key
        self.value = value
    }
}
