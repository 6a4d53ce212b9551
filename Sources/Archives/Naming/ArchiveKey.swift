package import Composer
import Wire

/// The key of an archive in the bucket: `dist/ab/cd/SHA256.zip`, where `abcd` begins the hash.
///
/// The layout is for ever: lock files keep URLs that end in it.
package struct ArchiveKey: Hashable, Sendable, CustomStringConvertible {
    /// What all keys of archives begin with.
    package static let prefix = "dist/"

    package var sha256: ContentHash
    package var kind: ArchiveKind

    package init(sha256: ContentHash, kind: ArchiveKind) {
        self.sha256 = sha256
        self.kind = kind
    }

    package var description: String {
        let digits = self.sha256.hexadecimal
        return "\(Self.prefix)\(digits.prefix(2))/\(digits.dropFirst(2).prefix(2))/\(digits).\(self.kind.fileExtension)"
    }

    /// Reads a key back; nil for what ``description`` would not have written.
    package init?(_ key: some StringProtocol) {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3].count > 65 else { return nil }
        let digits = String(decoding: parts[3].prefix(64), as: UTF8.self)
        guard let bytes = Hexadecimal.bytes(digits), let sha256 = ContentHash(bytes: bytes),
            let kind = ArchiveKind(rawValue: String(decoding: parts[3].dropFirst(65), as: UTF8.self))
        else { return nil }
        self.init(sha256: sha256, kind: kind)
        // Bytes, not characters: text may be spelled in several ways.
        guard self.description.utf8.elementsEqual(key.utf8) else { return nil }
    }
}
