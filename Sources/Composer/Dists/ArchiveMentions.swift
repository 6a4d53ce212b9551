import Wire

/// The archives of ours that a document names, wherever it does: by the SHA-256 that their addresses end in.
///
/// More than there are, where another address ends so; never fewer.
package enum ArchiveMentions {
    /// - Parameter body: Called with each hash as often as it is there.
    package static func each(in bytes: [UInt8], _ body: (ContentHash) -> Void) {
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        var count = 0
        for byte in bytes {
            if let digit = byte.hexadecimalValue {
                count += 1
                if count <= 64 { digits.append(digit) }
                continue
            }
            if byte == UInt8(ascii: "."), count == 64 {
                let pairs = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
                ContentHash(bytes: pairs).map(body)
            }
            if count > 0 { digits.removeAll(keepingCapacity: true) }
            count = 0
        }
    }
}
