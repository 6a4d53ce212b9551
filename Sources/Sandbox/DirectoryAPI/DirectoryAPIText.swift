/// Rules that both APIs share.
enum DirectoryAPIText {
    static let json = "application/json; charset=utf-8"

    /// `^[a-z0-9_-]+$`: nothing else can be asked for.
    static func isAskable(_ slug: String) -> Bool {
        !slug.isEmpty
            && slug.utf8.allSatisfy { byte in
                (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
                    || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    static func error(_ message: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append("{" as StaticString)
        bytes.appendMember("error", message)
        bytes.append("}" as StaticString)
        return bytes
    }

    /// What the names of theme archives keep of a version: letters, digits, `_`, `.`, `-`; dots never side by side.
    static func themeFileVersion(_ version: String) -> String {
        var name: [UInt8] = []
        for byte in version.utf8 where PercentCoding.isUnreserved(byte) && byte != UInt8(ascii: "~") {
            if byte == UInt8(ascii: "."), name.last == byte { continue }
            name.append(byte)
        }
        return String(decoding: name, as: UTF8.self)
    }
}
