import Composer
import FoundationEssentials

/// Those who may read a private repository, by digests of what they present.
struct KnownReaders: Sendable {
    private let basic: [[UInt8]]
    private let bearer: [[UInt8]]

    var havePasswords: Bool { !self.basic.isEmpty }
    var haveTokens: Bool { !self.bearer.isEmpty }

    /// - Returns: nil where everybody may read.
    init?(_ credentials: Credentials) {
        if credentials.isEmpty { return nil }
        self.basic = credentials.basic.map { ContentHash(of: Array($0.utf8)).bytes }
        self.bearer = credentials.bearer.map { ContentHash(of: Array($0.utf8)).bytes }
    }

    /// - Parameter authorization: The field of a request.
    func contain(_ authorization: String?) -> Bool {
        let words = (authorization ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return false }
        switch words[0].lowercased() {
        case "basic": return Data(base64Encoded: words[1]).map { Self.isAny(of: self.basic, Array($0)) } ?? false
        case "bearer": return Self.isAny(of: self.bearer, Array(words[1].utf8))
        default: return false
        }
    }

    /// - Parameter shown: Of the connection that the request came over: a client presents the same with each.
    func contain(_ authorization: String?, rememberedIn shown: inout Shown?) -> Bool {
        if let authorization, let shown, shown.isSame(as: authorization) { return true }
        guard self.contain(authorization) else { return false }
        shown = authorization.flatMap(Shown.init)
        return true
    }

    /// The field of a request whose sender may read.
    ///
    /// Others may send theirs over the same connection, where a proxy does.
    struct Shown: Sendable {
        private let field: [UInt8]

        init?(_ field: String) {
            if field.isEmpty { return nil }
            self.field = Array(field.utf8)
        }

        /// In a time that depends on `other` only: neither on where it differs, nor on how long this is.
        func isSame(as other: String) -> Bool {
            var (difference, place) = (UInt8(self.field.count == other.utf8.count ? 0 : 1), 0)
            for byte in other.utf8 {
                difference |= byte ^ self.field[place]
                place = place + 1 == self.field.count ? 0 : place + 1
            }
            return difference == 0
        }
    }

    /// In a time that says nothing about the secrets: digests of equal length are compared, all of them, to the end.
    private static func isAny(of digests: [[UInt8]], _ secret: [UInt8]) -> Bool {
        let digest = ContentHash(of: secret).bytes
        var isAny: UInt8 = 0
        for known in digests {
            let difference = zip(known, digest).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) }
            // 1 where there is no difference.
            isAny |= UInt8(truncatingIfNeeded: (UInt16(difference) &- 1) >> 8) & 1
        }
        return isAny == 1
    }
}
