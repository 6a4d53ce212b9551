import Wire

/// What a member of a document, other than the packages, means to Composer.
enum DocumentMember {
    /// Printed by every client.
    case notice
    /// Advisories, and lists of what is not to be installed.
    case policy
    case other

    init(_ key: JSONKey, in bytes: [UInt8]) {
        let text = JSONText.unescaped(bytes[key.range])
        switch text {
        case "warning", "warning-versions", "warnings", "info", "info-versions", "infos": self = .notice
        case "security-advisories", "filter": self = .policy
        default: self = .other
        }
    }
}
