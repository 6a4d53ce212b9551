package import Composer
import Wire

/// The SHA-256 that a root or a listing announces of a file.
package struct AnnouncedHash: Hashable, Sendable {
    /// As it was said: this goes into the file's address.
    package let text: String

    package init(_ text: String) { self.text = text }

    /// nil where it is no SHA-256: then nothing can be what was announced, as for Composer.
    package var sha256: ContentHash? {
        let digits = self.text.utf8.map(\.hexadecimalValue)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return ContentHash(bytes: bytes)
    }

    /// Whether `body`, uncompressed, is what was announced.
    package func matches(_ body: [UInt8]) -> Bool { self.sha256 == ContentHash(of: body) }
}
