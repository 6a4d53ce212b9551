/// How much of an answer a payload and its documents may hold.
///
/// Far above anything that is real: of 73,431 packages the longest title has 315 bytes, the longest answer about one
/// package 210,000, the longest tag 51, and the most tags are 895. docs/architecture.md tells what becomes of what is
/// longer.
package enum PayloadLimits {
    /// Title, and name of the author; cut.
    package static let titleBytes = 1_024
    /// Short description of a plugin, description of a theme; cut.
    package static let descriptionBytes = 32 << 10
    /// Tags and versions: such a tag is left out, with such a live version the answer is unusable.
    package static let tagBytes = 255
    /// Other single words, such as the least PHP version; left out.
    package static let wordBytes = 255
    /// Addresses; left out, and a tag with its archive's.
    package static let addressBytes = 2_048
    /// Versions of a package; an answer with more is unusable.
    package static let versions = 3_000

    /// The beginning of a piece of HTML, of at most `limit` bytes: no character, reference or tag is cut in two.
    package static func cut(html: String, toBytes limit: Int) -> String {
        guard html.utf8.count > limit else { return html }
        var end = html.utf8.index(html.startIndex, offsetBy: max(0, limit))
        while end > html.startIndex, UTF8.isContinuation(html.utf8[end]) { end = html.utf8.index(before: end) }
        var part = html.utf8[..<end]
        // The longest reference with a name has 33 bytes.
        if let start = part.suffix(40).lastIndex(of: UInt8(ascii: "&")), !part[start...].contains(UInt8(ascii: ";")) {
            part = part[..<start]
        }
        if let start = part.lastIndex(of: UInt8(ascii: "<")), !part[start...].contains(UInt8(ascii: ">")) {
            part = part[..<start]
        }
        return String(Substring(part))
    }
}
