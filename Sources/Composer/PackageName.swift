import Wire

/// Which slugs can be asked for, and which names Composer takes.
package enum PackageName {
    package static let maxSlugBytes = 200

    /// Whether WordPress.org can be asked for the slug: `^[a-z0-9_-]+$`, 1 to 200 bytes.
    package static func isAskable(slug: some StringProtocol) -> Bool {
        let bytes = slug.utf8
        return (1...Self.maxSlugBytes).contains(bytes.count)
            && bytes.allSatisfy { $0.isNameCharacter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// Whether Composer takes `name` as the name of a package.
    ///
    /// Vendor and project are lower-case letters and digits in words; between two words stands one of `_`, `.`, `-`, and
    /// in the project maybe two dashes. As in Composer's ValidatingArrayLoader 2.5.
    package static func isValid(_ name: String) -> Bool {
        var isProject = false
        var previous: UInt8 = 0
        var beforePrevious: UInt8 = 0
        for byte in name.utf8 {
            switch byte {
            case _ where byte.isNameCharacter: break
            case UInt8(ascii: "/") where !isProject && previous.isNameCharacter: isProject = true
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                let isSecondDash =
                    isProject && byte == UInt8(ascii: "-") && previous == byte && beforePrevious.isNameCharacter
                guard previous.isNameCharacter || isSecondDash else { return false }
            default: return false
            }
            beforePrevious = previous
            previous = byte
        }
        return isProject && previous.isNameCharacter
    }
}

extension UInt8 {
    fileprivate var isNameCharacter: Bool { self.isDigit || self &- 97 < 26 }
}
