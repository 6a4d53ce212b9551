import Composer
import Wire

/// Addresses that upstream sends, of which some are none.
enum WebAddress {
    private static let notPlausible: ASCIISet = "\"<>\\^`{|}"
    private static let endOfAuthority: ASCIISet = "/?#"
    private static let partOfName: ASCIISet = "-._:[]"
    private static let partOfPath: ASCIISet = "-.!$&'()*+,;=:/@_~"

    /// `text` when it is an HTTP address that a person could have meant; nil otherwise.
    ///
    /// References are decoded first: upstream escapes addresses like all text.
    static func plausible(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= 2048 else { return nil }
        var address = PlainText.decodingReferences(text)
        let isPlausible = address.withUTF8 { bytes in
            guard let authority = self.authority(of: bytes) else { return false }
            let host = authority.prefix { $0 != UInt8(ascii: ":") }
            let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty } && bytes.allSatisfy(self.isPlausible)
        }
        return isPlausible ? address : nil
    }

    private static func isPlausible(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !self.notPlausible.contains(byte)
    }

    /// Whether something can be fetched from `address`: it is HTTP and names a host.
    static func isFetchable(_ address: String) -> Bool {
        var address = address
        return address.withUTF8 { self.authority(of: $0) != nil }
    }

    /// The host and port; nil when the address is not HTTP or they have other characters than those of names.
    private static func authority(of address: Bytes) -> Slice<Bytes>? {
        let start: Int
        if address.hasPrefix("https://", at: 0) {
            start = 8
        } else if address.hasPrefix("http://", at: 0) {
            start = 7
        } else {
            return nil
        }
        let (ends, names) = (self.endOfAuthority, self.partOfName)
        let end = address.end(of: { !ends.contains($0) }, from: start)
        let authority = address[start..<end]
        let isName: (UInt8) -> Bool = { $0.isAlphanumeric || $0 >= 0x80 || names.contains($0) }
        guard let first = authority.first, first != UInt8(ascii: ":"), authority.allSatisfy(isName) else { return nil }
        return authority
    }

    /// Appends `address` with all bytes of its path percent-encoded that may not stand in one.
    ///
    /// Upstream makes archive addresses of the names of tags without encoding them, so a percent sign, a question mark or
    /// a number sign is a part of a name and is encoded as well.
    static func append(encoding address: String, to json: inout JSONWriter) {
        var address = address
        address.withUTF8 { bytes in
            let pathStart = self.authority(of: bytes)?.endIndex ?? 0
            json.append(raw: bytes.sub(0..<pathStart))
            var written = pathStart
            for index in pathStart..<bytes.count where !self.isLegalInPath(bytes[index]) {
                json.append(raw: bytes.sub(written..<index))
                json.append(percentEncoding: bytes[index])
                written = index + 1
            }
            json.append(raw: bytes.sub(written..<bytes.count))
        }
    }

    /// Letters, digits and ``-._~!$&'()*+,;=:@/`` (RFC 3986, `pchar` and the slash).
    private static func isLegalInPath(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || self.partOfPath.contains(byte)
    }
}
