package import Composer

/// What the bucket holds under a key.
package enum Live: Hashable, Sendable {
    case nothing
    /// Between a claim and its stamp nobody can tell.
    case unknown
    case content(ContentHash)

    package var content: ContentHash? { if case .content(let hash) = self { hash } else { nil } }
}

extension Live: SQLReadable {
    package init?(sql value: SQLValue) {
        switch value {
        case .null: self = .nothing
        case .blob(let bytes): self = ContentHash(bytes: bytes).map { .content($0) } ?? .unknown
        case .integer, .text: return nil
        }
    }
}

extension Live: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .nothing: try container.encodeNil()
        case .unknown: try container.encode("unknown")
        case .content(let hash): try container.encode(hash.hexadecimal)
        }
    }
}
