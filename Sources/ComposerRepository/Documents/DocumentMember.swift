import Wire

/// What a member of a document, other than the packages, means to Composer.
enum DocumentMember {
    /// Printed by every client.
    case notice
    /// Advisories.
    case policy
    /// Lists of what is not to be installed.
    case filter
    case other

    init(_ key: JSONKey, in bytes: [UInt8]) {
        let text = JSONText.unescaped(bytes[key.range])
        switch text {
        case "warning", "warning-versions", "warnings", "info", "info-versions", "infos": self = .notice
        case "security-advisories": self = .policy
        case "filter": self = .filter
        default: self = .other
        }
    }
}
