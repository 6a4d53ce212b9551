import Wire

/// Which names Composer takes.
package enum PackageName {
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
