import Composer

extension PackageName {
    package static let maxSlugBytes = 200

    /// Whether WordPress.org can be asked for the slug: `^[a-z0-9_-]+$`, 1 to 200 bytes.
    package static func isAskable(slug: some StringProtocol) -> Bool {
        let bytes = slug.utf8
        return (1...Self.maxSlugBytes).contains(bytes.count)
            && bytes.allSatisfy { $0.isDigit || $0 &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
